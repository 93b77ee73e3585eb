import { areas } from "@/shared/i18n/areas";

export default areas(import.meta.glob("./*.json", { eager: true, import: "default" }));
