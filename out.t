[    0.000000] Linux version 6.1.0-50-686 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-07-02)
[    0.000000] BIOS-provided physical RAM map:
[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable
[    0.000000] BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff] reserved
[    0.000000] BIOS-e820: [mem 0x00000000000f0000-0x00000000000fffff] reserved
[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x0000000007ffdfff] usable
[    0.000000] BIOS-e820: [mem 0x0000000007ffe000-0x0000000007ffffff] reserved
[    0.000000] BIOS-e820: [mem 0x00000000fffc0000-0x00000000ffffffff] reserved
[    0.000000] Notice: NX (Execute Disable) protection cannot be enabled: non-PAE kernel!
[    0.000000] SMBIOS 2.4 present.
[    0.000000] DMI: Bochs Bochs, BIOS Bochs 01/01/2011
[    0.000000] tsc: Fast TSC calibration using PIT
[    0.000000] tsc: Detected 999.998 MHz processor
[    0.004237] last_pfn = 0x7ffe max_arch_pfn = 0x100000
[    0.004244] x86/PAT: Configuration [0-7]: WB  WC  UC- UC  WB  WC  UC- UC  
[    0.007202] found SMP MP-table at [mem 0x000f5ba0-0x000f5baf]
[    0.007338] RAMDISK: [mem 0x07dc3000-0x07fbffff]
[    0.007343] ACPI: Early table checksum verification disabled
[    0.007346] ACPI: RSDP 0x00000000000F5A50 000014 (v00 BOCHS )
[    0.007356] ACPI: RSDT 0x0000000007FFE3A0 000034 (v01 BOCHS  BXPCRSDT 00000001 BXPC 00000001)
[    0.007370] ACPI: FACP 0x0000000007FFFF80 000074 (v01 BOCHS  BXPCFACP 00000001 BXPC 00000001)
[    0.007386] ACPI: DSDT 0x0000000007FFE3E0 0011E9 (v01 BOCHS  BXPCDSDT 00000001 BXPC 00000001)
[    0.007400] ACPI: FACS 0x0000000007FFFF40 000040
[    0.007410] ACPI: SSDT 0x0000000007FFF700 00083B (v01 BOCHS  BXPCSSDT 00000001 BXPC 00000001)
[    0.007424] ACPI: APIC 0x0000000007FFF610 000078 (v01 BOCHS  BXPCAPIC 00000001 BXPC 00000001)
[    0.007438] ACPI: HPET 0x0000000007FFF5D0 000038 (v01 BOCHS  BXPCHPET 00000001 BXPC 00000001)
[    0.007450] ACPI: Reserving FACP table memory at [mem 0x7ffff80-0x7fffff3]
[    0.007456] ACPI: Reserving DSDT table memory at [mem 0x7ffe3e0-0x7fff5c8]
[    0.007461] ACPI: Reserving FACS table memory at [mem 0x7ffff40-0x7ffff7f]
[    0.007467] ACPI: Reserving SSDT table memory at [mem 0x7fff700-0x7ffff3a]
[    0.007472] ACPI: Reserving APIC table memory at [mem 0x7fff610-0x7fff687]
[    0.007478] ACPI: Reserving HPET table memory at [mem 0x7fff5d0-0x7fff607]
[    0.007492] 0MB HIGHMEM available.
[    0.007494] 127MB LOWMEM available.
[    0.007497]   mapped low ram: 0 - 07ffe000
[    0.007500]   low ram: 0 - 07ffe000
[    0.007504] Zone ranges:
[    0.007506]   DMA      [mem 0x0000000000001000-0x0000000000ffffff]
[    0.007512]   Normal   [mem 0x0000000001000000-0x0000000007ffdfff]
[    0.007519]   HighMem  empty
[    0.007523] Movable zone start for each node
[    0.007525] Early memory node ranges
[    0.007527]   node   0: [mem 0x0000000000001000-0x000000000009efff]
[    0.007532]   node   0: [mem 0x0000000000100000-0x0000000007ffdfff]
[    0.007537] Initmem setup node 0 [mem 0x0000000000001000-0x0000000007ffdfff]
[    0.007555] On node 0, zone DMA: 1 pages in unavailable ranges
[    0.007726] On node 0, zone DMA: 97 pages in unavailable ranges
[    0.008937] Using APIC driver default
[    0.008943] ACPI: PM-Timer IO Port: 0xb008
[    0.008952] ACPI: LAPIC_NMI (acpi_id[0xff] dfl dfl lint[0x1])
[    0.008959] IOAPIC[0]: apic_id 0, version 17, address 0xfec00000, GSI 0-23
[    0.008968] ACPI: INT_SRC_OVR (bus 0 bus_irq 0 global_irq 2 dfl dfl)
[    0.008974] ACPI: INT_SRC_OVR (bus 0 bus_irq 5 global_irq 5 high level)
[    0.008980] ACPI: INT_SRC_OVR (bus 0 bus_irq 9 global_irq 9 high level)
[    0.008986] ACPI: INT_SRC_OVR (bus 0 bus_irq 10 global_irq 10 high level)
[    0.008992] ACPI: INT_SRC_OVR (bus 0 bus_irq 11 global_irq 11 high level)
[    0.009004] ACPI: Using ACPI (MADT) for SMP configuration information
[    0.009007] ACPI: HPET id: 0x8086a201 base: 0xfed00000
[    0.009014] smpboot: Allowing 1 CPUs, 0 hotplug CPUs
[    0.009037] PM: hibernation: Registered nosave memory: [mem 0x00000000-0x00000fff]
[    0.009044] PM: hibernation: Registered nosave memory: [mem 0x0009f000-0x000fffff]
[    0.009050] [mem 0x08000000-0xfffbffff] available for PCI devices
[    0.009054] Booting paravirtualized kernel on bare hardware
[    0.009058] clocksource: refined-jiffies: mask: 0xffffffff max_cycles: 0xffffffff, max_idle_ns: 7645519600211568 ns
[    0.009070] setup_percpu: NR_CPUS:32 nr_cpumask_bits:1 nr_cpu_ids:1 nr_node_ids:1
[    0.009085] percpu: Embedded 33 pages/cpu s103316 r0 d31852 u135168
[    0.009144] Built 1 zonelists, mobility grouping on.  Total pages: 32348
[    0.009148] Kernel command line: console=ttyS0 cryptomgr.notests noisapnp
[    0.009236] Dentry cache hash table entries: 16384 (order: 4, 65536 bytes, linear)
[    0.009247] Inode-cache hash table entries: 8192 (order: 3, 32768 bytes, linear)
[    0.009258] mem auto-init: stack:all(zero), heap alloc:on, heap free:off
[    0.009262] Initializing HighMem for node 0 (00000000:00000000)
[    0.010160] Checking if this processor honours the WP bit even in supervisor mode...Ok.
[    0.010165] Memory: 111108K/130672K available (9327K kernel code, 1246K rwdata, 3188K rodata, 912K init, 464K bss, 19564K reserved, 0K cma-reserved, 0K highmem)
[    0.012273] SLUB: HWalign=128, Order=0-3, MinObjects=0, CPUs=1, Nodes=1
[    0.012396] ftrace: allocating 36953 entries in 73 pages
[    0.021783] ftrace: allocated 73 pages with 3 groups
[    0.021828] trace event string verifier disabled
[    0.021938] Dynamic Preempt: voluntary
[    0.022065] rcu: Preemptible hierarchical RCU implementation.
[    0.022067] rcu: 	RCU restricting CPUs from NR_CPUS=32 to nr_cpu_ids=1.
[    0.022071] 	Trampoline variant of Tasks RCU enabled.
[    0.022073] 	Rude variant of Tasks RCU enabled.
[    0.022075] 	Tracing variant of Tasks RCU enabled.
[    0.022077] rcu: RCU calculated value of scheduler-enlistment delay is 25 jiffies.
[    0.022081] rcu: Adjusting geometry for rcu_fanout_leaf=16, nr_cpu_ids=1
[    0.054872] NR_IRQS: 2304, nr_irqs: 256, preallocated irqs: 16
[    0.055113] rcu: srcu_init: Setting srcu_struct sizes based on contention.
[    0.055252] Console: colour VGA+ 80x25
[    0.159925] printk: console [ttyS0] enabled
[    0.160722] ACPI: Core revision 20220331
[    0.161645] clocksource: hpet: mask: 0xffffffff max_cycles: 0xffffffff, max_idle_ns: 19112604467 ns
[    0.163351] APIC: Switch to symmetric I/O mode setup
[    0.164285] Enabling APIC mode:  Flat.  Using 1 I/O APICs
[    0.165489] ..TIMER: vector=0x30 apic1=0 pin1=2 apic2=-1 pin2=-1
[    0.183354] clocksource: tsc-early: mask: 0xffffffffffffffff max_cycles: 0x1cd42a73115, max_idle_ns: 881590563823 ns
[    0.185337] Calibrating delay loop (skipped), value calculated using timer frequency.. 1999.99 BogoMIPS (lpj=3999992)
[    0.189357] Last level iTLB entries: 4KB 64, 2MB 64, 4MB 64
[    0.190407] Last level dTLB entries: 4KB 64, 2MB 0, 4MB 64, 1GB 0
[    0.191558] Spectre V1 : Mitigation: usercopy/swapgs barriers and __user pointer sanitization
[    0.193162] Spectre V2 : Mitigation: Retpolines
[    0.193337] Spectre V2 : Spectre v2 / SpectreRSB: Filling RSB on context switch and VMEXIT
[    0.194890] Speculative Store Bypass: Vulnerable
[    0.195759] L1TF: Kernel not compiled for PAE. No mitigation for L1TF
[    0.197338] MDS: Vulnerable: Clear CPU buffers attempted, no microcode
[    0.198565] MMIO Stale Data: Unknown: No mitigations
[    0.199499] x86/fpu: x87 FPU will use FXSAVE
[    0.206859] Freeing SMP alternatives memory: 32K
[    0.207729] pid_max: default: 32768 minimum: 301
[    0.209030] LSM: Security Framework initializing
[    0.209402] landlock: Up and running.
[    0.210092] Yama: disabled by default; enable with sysctl kernel.yama.*
[    0.211445] AppArmor: AppArmor initialized
[    0.212220] TOMOYO Linux initialized
[    0.213349] LSM support for eBPF active
[    0.214228] Mount-cache hash table entries: 1024 (order: 0, 4096 bytes, linear)
[    0.215605] Mountpoint-cache hash table entries: 1024 (order: 0, 4096 bytes, linear)
[    0.326286] smpboot: CPU0: Intel Vitrine Virtual CPU (family: 0xf, model: 0x4, stepping: 0x1)
[    0.328310] cblist_init_generic: Setting adjustable number of callback queues.
[    0.329335] cblist_init_generic: Setting shift to 0 and lim to 1.
[    0.329405] cblist_init_generic: Setting adjustable number of callback queues.
[    0.330762] cblist_init_generic: Setting shift to 0 and lim to 1.
[    0.331992] cblist_init_generic: Setting adjustable number of callback queues.
[    0.333338] cblist_init_generic: Setting shift to 0 and lim to 1.
[    0.334535] Performance Events: unsupported Netburst CPU model 4 no PMU driver, software events only.
[    0.336279] signal: max sigframe size: 1440
[    0.337394] rcu: Hierarchical SRCU implementation.
[    0.338295] rcu: 	Max phase no-delay instances is 1000.
[    0.339804] NMI watchdog: Perf NMI watchdog permanently disabled
[    0.341056] smp: Bringing up secondary CPUs ...
[    0.342190] smp: Brought up 1 node, 1 CPU
[    0.342946] smpboot: Max logical packages: 1
[    0.343750] smpboot: Total of 1 processors activated (1999.99 BogoMIPS)
[    0.345318] devtmpfs: initialized
[    0.345999] clocksource: jiffies: mask: 0xffffffff max_cycles: 0xffffffff, max_idle_ns: 7645041785100000 ns
[    0.347834] futex hash table entries: 256 (order: 2, 16384 bytes, linear)
[    0.349481] pinctrl core: initialized pinctrl subsystem
[    0.351502] NET: Registered PF_NETLINK/PF_ROUTE protocol family
[    0.352918] audit: initializing netlink subsys (disabled)
[    0.353793] thermal_sys: Registered thermal governor 'fair_share'
[    0.353796] thermal_sys: Registered thermal governor 'bang_bang'
[    0.354943] thermal_sys: Registered thermal governor 'step_wise'
[    0.356073] thermal_sys: Registered thermal governor 'user_space'
[    0.357340] audit: type=2000 audit(946684802.188:1): state=initialized audit_enabled=0 res=1
[    0.360074] thermal_sys: Registered thermal governor 'power_allocator'
[    0.360091] cpuidle: using governor ladder
[    0.362175] acpiphp: ACPI Hot Plug PCI Controller Driver version: 0.5
[    0.363873] PCI: PCI BIOS revision 2.10 entry at 0xfd1ca, last bus=0
[    0.365338] PCI: Using configuration type 1 for base access
[    0.371015] kprobes: kprobe jump-optimization is enabled. All kprobes are optimized if possible.
[    0.437356] HugeTLB: registered 4.00 MiB page size, pre-allocated 0 pages
[    0.438632] HugeTLB: 0 KiB vmemmap can be freed for a 4.00 MiB page
[    0.446248] ACPI: Added _OSI(Module Device)
[    0.447036] ACPI: Added _OSI(Processor Device)
[    0.447873] ACPI: Added _OSI(Processor Aggregator Device)
[    0.452880] ACPI: 2 ACPI AML tables successfully acquired and loaded
[    0.459019] ACPI: Interpreter enabled
[    0.459726] ACPI: PM: (supports S0 S5)
[    0.460432] ACPI: Using IOAPIC for interrupt routing
[    0.465782] PCI: Using host bridge windows from ACPI; if necessary, use "pci=nocrs" and report a bug
[    0.467499] PCI: Using E820 reservations for host bridge windows
[    0.468884] ACPI: Enabled 16 GPEs in block 00 to 0F
[    0.482895] ACPI: PCI Root Bridge [PCI0] (domain 0000 [bus 00-ff])
[    0.484066] acpi PNP0A03:00: _OSC: OS supports [ASPM ClockPM Segments MSI HPX-Type3]
[    0.485341] acpi PNP0A03:00: _OSC: not requesting OS control; OS requires [ExtendedConfig ASPM ClockPM MSI]
[    0.487182] acpi PNP0A03:00: fail to add MMCONFIG information, can't access extended PCI configuration space under this bridge.
[    0.490983] PCI host bridge to bus 0000:00
[    0.491756] pci_bus 0000:00: root bus resource [io  0x0000-0x0cf7 window]
[    0.493036] pci_bus 0000:00: root bus resource [io  0x0d00-0xffff window]
[    0.493340] pci_bus 0000:00: root bus resource [mem 0x000a0000-0x000bffff window]
[    0.494752] pci_bus 0000:00: root bus resource [mem 0x80000000-0xfebfffff window]
[    0.497340] pci_bus 0000:00: root bus resource [bus 00-ff]
[    0.498397] pci 0000:00:00.0: [8086:1237] type 00 class 0x060000
[    0.499663] pci 0000:00:01.0: [8086:7000] type 00 class 0x060100
[    0.501001] pci 0000:00:01.1: [8086:7010] type 00 class 0x010180
[    0.501346] pci 0000:00:01.1: BAR 4 [io  0xc000-0xc00f]
[    0.502337] pci 0000:00:01.1: BAR 0 [io  0x01f0-0x01f7]: legacy IDE quirk
[    0.503617] pci 0000:00:01.1: BAR 1 [io  0x03f6]: legacy IDE quirk
[    0.505339] pci 0000:00:01.1: BAR 2 [io  0x0170-0x0177]: legacy IDE quirk
[    0.506619] pci 0000:00:01.1: BAR 3 [io  0x0376]: legacy IDE quirk
[    0.507903] pci 0000:00:01.3: [8086:7113] type 00 class 0x068000
[    0.509055] pci 0000:00:01.3: quirk: [io  0xb000-0xb03f] claimed by PIIX4 ACPI
[    0.509339] pci 0000:00:01.3: quirk: [io  0xb100-0xb10f] claimed by PIIX4 SMB
[    0.510869] pci 0000:00:02.0: [1234:1111] type 00 class 0x030000
[    0.513341] pci 0000:00:02.0: BAR 0 [mem 0xfd000000-0xfdffffff pref]
[    0.514549] pci 0000:00:02.0: ROM [mem 0xfebf0000-0xfebfffff pref]
[    0.515732] pci 0000:00:02.0: Video device with shadowed ROM at [mem 0x000c0000-0x000dffff]
[    0.518198] ACPI: PCI: Interrupt link LNKA configured for IRQ 10
[    0.519467] ACPI: PCI: Interrupt link LNKB configured for IRQ 10
[    0.520737] ACPI: PCI: Interrupt link LNKC configured for IRQ 11
[    0.521477] ACPI: PCI: Interrupt link LNKD configured for IRQ 11
[    0.522673] ACPI: PCI: Interrupt link LNKS configured for IRQ 9
[    0.524300] iommu: Default domain type: Translated 
[    0.525337] iommu: DMA domain TLB invalidation policy: lazy mode 
[    0.526569] pps_core: LinuxPPS API ver. 1 registered
[    0.527503] pps_core: Software ver. 5.3.6 - Copyright 2005-2007 Rodolfo Giometti <giometti@linux.it>
[    0.529351] PTP clock support registered
[    0.530111] EDAC MC: Ver: 3.0.0
[    0.531617] NetLabel: Initializing
[    0.532257] NetLabel:  domain hash size = 128
[    0.533338] NetLabel:  protocols = UNLABELED CIPSOv4 CALIPSO
[    0.534449] NetLabel:  unlabeled traffic allowed by default
[    0.535497] PCI: Using ACPI for IRQ routing
[    0.536375] pci 0000:00:02.0: vgaarb: setting as boot VGA device
[    0.537335] pci 0000:00:02.0: vgaarb: bridge control possible
[    0.537335] pci 0000:00:02.0: vgaarb: VGA device added: decodes=io+mem,owns=io+mem,locks=none
[    0.537337] vgaarb: loaded
[    0.537886] hpet: 3 channels of 0 reserved for per-cpu timers
[    0.541338] hpet0: at MMIO 0xfed00000, IRQs 2, 8, 0
[    0.542269] hpet0: 3 comparators, 64-bit 100.000000 MHz counter
[    0.545380] clocksource: Switched to clocksource tsc-early
[    0.590210] VFS: Disk quotas dquot_6.6.0
[    0.591007] VFS: Dquot-cache hash table entries: 1024 (order 0, 4096 bytes)
[    0.592807] AppArmor: AppArmor Filesystem Enabled
[    0.593721] pnp: PnP ACPI init
[    0.595181] pnp: PnP ACPI: found 4 devices
[    0.595954] PnPBIOS: Disabled
[    0.637165] clocksource: acpi_pm: mask: 0xffffff max_cycles: 0xffffff, max_idle_ns: 2085701024 ns
[    0.639198] NET: Registered PF_INET protocol family
[    0.640256] IP idents hash table entries: 2048 (order: 2, 16384 bytes, linear)
[    0.642248] tcp_listen_portaddr_hash hash table entries: 512 (order: 0, 4096 bytes, linear)
[    0.643833] Table-perturb hash table entries: 65536 (order: 6, 262144 bytes, linear)
[    0.645338] TCP established hash table entries: 1024 (order: 0, 4096 bytes, linear)
[    0.646793] TCP bind hash table entries: 1024 (order: 2, 16384 bytes, linear)
[    0.648151] TCP: Hash tables configured (established 1024 bind 1024)
[    0.649471] MPTCP token hash table entries: 256 (order: 0, 4096 bytes, linear)
[    0.650874] UDP hash table entries: 256 (order: 1, 8192 bytes, linear)
[    0.652112] UDP-Lite hash table entries: 256 (order: 1, 8192 bytes, linear)
[    0.653533] NET: Registered PF_UNIX/PF_LOCAL protocol family
[    0.654608] NET: Registered PF_XDP protocol family
[    0.655515] pci_bus 0000:00: resource 4 [io  0x0000-0x0cf7 window]
[    0.656682] pci_bus 0000:00: resource 5 [io  0x0d00-0xffff window]
[    0.657854] pci_bus 0000:00: resource 6 [mem 0x000a0000-0x000bffff window]
[    0.659151] pci_bus 0000:00: resource 7 [mem 0x80000000-0xfebfffff window]
[    0.660534] pci 0000:00:01.0: PIIX3: Enabling Passive Release
[    0.661622] pci 0000:00:00.0: Limiting direct PCI/PCI transfers
[    0.662743] pci 0000:00:01.0: Activating ISA DMA hang workarounds
[    0.663915] PCI: CLS 0 bytes, default 64
[    0.664801] Trying to unpack rootfs image as initramfs...
[    0.670195] Initialise system trusted keyrings
[    0.671111] Key type blacklist registered
[    0.677557] workingset: timestamp_bits=14 max_order=15 bucket_order=1
[    0.689185] zbud: loaded
[    0.690161] integrity: Platform Keyring initialized
[    0.691098] integrity: Machine keyring initialized
[    0.692001] Key type asymmetric registered
[    0.696959] Asymmetric key parser 'x509' registered
[    0.790963] Freeing initrd memory: 2036K
[    0.792020] alg: self-tests disabled
[    0.792835] alg: self-tests for CTR-KDF (hmac(sha256)) passed
[    0.794018] Block layer SCSI generic (bsg) driver version 0.4 loaded (major 249)
[    0.795477] io scheduler mq-deadline registered
[    0.803042] shpchp: Standard Hot Plug PCI Controller Driver version: 0.4
[    0.804745] isapnp: ISA Plug & Play support disabled
[    0.805818] Serial: 8250/16550 driver, 4 ports, IRQ sharing enabled
[    0.807117] serial8250: ttyS0 at I/O 0x3f8 (irq = 4, base_baud = 115200) is a 16550A
[    0.809492] Linux agpgart interface v0.103
[    0.810817] i8042: PNP: PS/2 Controller [PNP0303:KBD,PNP0f13:MOU] at 0x60,0x64 irq 1,12
[    0.812549] serio: i8042 KBD port at 0x60,0x64 irq 1
[    0.813505] serio: i8042 AUX port at 0x60,0x64 irq 12
[    0.814829] mousedev: PS/2 mouse device common for all mice
[    0.815942] rtc_cmos 00:00: RTC can wake from S4
[    0.817186] input: AT Translated Set 2 keyboard as /devices/platform/i8042/serio0/input/input0
[    0.819041] rtc_cmos 00:00: registered as rtc0
[    0.819884] rtc_cmos 00:00: setting system clock to 2000-01-01T00:00:03 UTC (946684803)
[    0.821725] rtc_cmos 00:00: alarms up to one day, 114 bytes nvram, hpet irqs
[    0.823084] intel_pstate: CPU model not supported
[    0.823985] ledtrig-cpu: registered to indicate activity on CPUs
[    0.825929] NET: Registered PF_INET6 protocol family
[    0.827989] Segment Routing with IPv6
[    0.828726] In-situ OAM (IOAM) with IPv6
[    0.829499] mip6: Mobile IPv6
[    0.830059] NET: Registered PF_PACKET protocol family
[    0.831100] mpls_gso: MPLS GSO support
[    0.832030] microcode: sig=0xf41, pf=0x1, revision=0x0
[    0.833019] microcode: Microcode Update Driver: v2.2.
[    0.833024] IPI shorthand broadcast: enabled
[    0.834829] sched_clock: Marking stable (722782236, 110218310)->(832601781, 398765)
[    0.836510] registered taskstats version 1
[    0.837328] Loading compiled-in X.509 certificates
[    0.857395] Loaded X.509 cert 'Build time autogenerated kernel key: ebef2ccea7182744ded45aafffd7e338a5cf412d'
[    0.859369] zswap: loaded using pool lzo/zbud
[    0.860442] Key type .fscrypt registered
[    0.861193] Key type fscrypt-provisioning registered
[    0.862698] Key type encrypted registered
[    0.863454] AppArmor: AppArmor sha1 policy hashing enabled
[    0.864490] ima: No TPM chip found, activating TPM-bypass!
[    0.865535] ima: Allocated hash algorithm: sha256
[    0.866444] ima: No architecture policies found
[    0.867335] evm: Initialising EVM extended attributes:
[    0.868301] evm: security.selinux
[    0.868934] evm: security.SMACK64 (disabled)
[    0.869738] evm: security.SMACK64EXEC (disabled)
[    0.870607] evm: security.SMACK64TRANSMUTE (disabled)
[    0.871558] evm: security.SMACK64MMAP (disabled)
[    0.872427] evm: security.apparmor
[    0.873072] evm: security.ima
[    0.873631] evm: security.capability
[    0.874304] evm: HMAC attrs: 0x1
[    0.875915] clk: Disabling unused clocks
[    0.885816] Freeing unused kernel image (initmem) memory: 912K
[    0.886938] Write protecting kernel text and read-only data: 12516k
[    0.888119] Run /init as init process

Welcome to Linux inside Vitrine

  Linux 6.1.0-50-686, 111 MB of memory, disks: none
  'busybox' lists the commands. 'exit' switches the machine off.



BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) built-in shell (ash)
Enter 'help' for a list of built-in commands.

vitrine:/root# [6nsleep 1; ps | grep acpi; echo O""K
   44 0        [acpi_thermal_pm]
  112 0        acpid -l /dev/null -p /tmp/acpid.pid
  116 0        grep acpi
OK
vitrine:/root# [6n[    2.968766] reboot: Power down
