# Completion of the command vitrine for bash: source this file, or install it as
# /usr/share/bash-completion/completions/vitrine.

_vitrine_pc_options() {
    # From the command's own help, so that nothing is written twice.
    "$1" pc --help 2>/dev/null | sed -n 's/^  \(--*[A-Za-z0-9-]*\).*/\1/p'
    printf '%s\n' -hdb -hdc -hdd -fdb
}

_vitrine_lc3() {
    local command=$1 word=$2 before=$3
    if [ "$COMP_CWORD" -eq 2 ]; then
        [[ $word == -* ]] || {
            mapfile -t COMPREPLY < <(compgen -W 'asm' -- "$word"; compgen -f -- "$word")
            return
        }
    fi
    if [ "${COMP_WORDS[2]}" != asm ]; then
        case $before in
        --edition) mapfile -t COMPREPLY < <(compgen -W '2 3' -- "$word") ;;
        --trace) mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$word") ;;
        --uninit) mapfile -t COMPREPLY < <(compgen -W 'off warn stop' -- "$word") ;;
        --latency | --seed | --max-instructions | --until | --assert) ;;
        *)
            if [[ $word == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W "$("$command" lc3 --help 2>/dev/null |
                    sed -n 's/^  \(--*[A-Za-z0-9-]*\).*/\1/p')" -- "$word")
            else
                mapfile -t COMPREPLY < <(compgen -f -- "$word")
            fi
            ;;
        esac
        return
    fi
    if [ "$before" = -f ]; then
        mapfile -t COMPREPLY < <(compgen -W 'lc3tools classic hex bin asm' -- "$word")
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "-o -f --symbols --listing --json --check -w -Werror \
            $("$command" lc3 asm --help 2>/dev/null | sed -n 's/^  [ *p] \([a-z-]*\)  .*/-W\1/p')" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}

_vitrine() {
    local command=$1 word=$2 before=$3
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W 'pc lc3 toy web help --help --version' -- "$word")
        return
    fi
    if [ "${COMP_WORDS[1]}" = help ]; then
        mapfile -t COMPREPLY < <(compgen -W 'pc lc3 lc3-asm toy grading disks scripts keys terminal exit-codes monitor' -- "$word")
        return
    fi
    if [ "${COMP_WORDS[1]}" = lc3 ]; then
        _vitrine_lc3 "$command" "$word" "$before"
        return
    fi
    [ "${COMP_WORDS[1]}" = pc ] || return
    case $before in
    -cpu) mapfile -t COMPREPLY < <(compgen -W '486 pentium pentium3 max' -- "$word") ;;
    -display) mapfile -t COMPREPLY < <(compgen -W 'none tty' -- "$word") ;;
    -vga) mapfile -t COMPREPLY < <(compgen -W 'std none' -- "$word") ;;
    -serial | -parallel | -debugcon)
        mapfile -t COMPREPLY < <(compgen -W 'stdio null none pty file:' -- "$word")
        ;;
    -device) mapfile -t COMPREPLY < <(compgen -W 'isa-debug-exit,iobase=0xf4' -- "$word") ;;
    -rtc) mapfile -t COMPREPLY < <(compgen -W 'base=utc base=localtime' -- "$word") ;;
    -M | -machine) COMPREPLY=(pc) ;;
    --exit-on) mapfile -t COMPREPLY < <(compgen -W 'hlt triple-fault hlt,triple-fault' -- "$word") ;;
    --console) mapfile -t COMPREPLY < <(compgen -W 'serial screen' -- "$word") ;;
    -m | -append | -boot | -drive | -name | --expect | --type | --do | --max-* | --trace-from) ;;
    *)
        if [[ $word == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$(_vitrine_pc_options "$command")" -- "$word")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
        fi
        ;;
    esac
}

complete -o filenames -F _vitrine vitrine
