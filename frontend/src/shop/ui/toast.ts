import "vant/es/toast/style";
import { showToast } from "vant/es/toast";

import { errorText } from "@/shared/sentences";

import { announce } from "./announce";

export function toast(message: string): void {
  showToast({ message, position: "middle", duration: 2500 });
  announce(message);
}

export function toastError(error: unknown): void {
  toast(errorText(error));
}
