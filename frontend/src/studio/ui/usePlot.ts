/** A chart: ECharts loads with the first one, and it is drawn anew with its data, the language and the colours. */
import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { onBeforeUnmount, ref, watch, type Ref } from "vue";

/** The value of a colour of ours, which a canvas cannot take by its name. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

async function loadCharts() {
  const [core, { BarChart, LineChart }, parts, { CanvasRenderer }] = await Promise.all([
    import("echarts/core"), import("echarts/charts"), import("echarts/components"), import("echarts/renderers"),
  ]);
  const { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } = parts;
  core.use([BarChart, LineChart, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, CanvasRenderer]);
  return core;
}

/** Draws into `box`, whenever it is there; `failed` where the library cannot be loaded. */
export function usePlot(
  box: Readonly<Ref<HTMLElement | null>>,
  option: () => EChartsCoreOption,
): { failed: Readonly<Ref<boolean>> } {
  const failed = ref(false);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const resized = new ResizeObserver(() => chart?.resize());
  let chart: EChartsType | null = null;

  function draw(): void {
    chart?.setOption(option());
  }

  function end(): void {
    resized.disconnect();
    chart?.dispose();
    chart = null;
  }

  watch(box, async (element) => {
    end();
    if (!element) return;
    try {
      const core = await loadCharts();
      if (box.value !== element) return;
      chart = core.init(element);
      resized.observe(element);
      draw();
    } catch {
      failed.value = true;
    }
  }, { flush: "post", immediate: true });
  watch(option, draw);
  dark.addEventListener("change", draw);
  onBeforeUnmount(() => {
    dark.removeEventListener("change", draw);
    end();
  });
  return { failed };
}
