declare module "examples" {
  export const toy: { name: string; source: string }[];
  export const lc3: { name: string; source: string }[];
}
declare module "*.css";
