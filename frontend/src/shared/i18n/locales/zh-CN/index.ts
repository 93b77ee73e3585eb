import { areas } from "../../areas";

export default areas(import.meta.glob("./*.json", { eager: true, import: "default" }));
