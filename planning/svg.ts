/** The curve of completion time against fan-out, as a picture. */
import type { Plan } from '../shared/core/plan/plan.ts';
import { scalesOf } from './scale.ts';
import { count, counted, duration } from './words.ts';

const BOX = { width: 760, height: 460, left: 76, right: 24, top: 76, bottom: 58 } as const;
const INK = {
  text: '#1f2933',
  faint: '#6b7785',
  grid: '#e4e8ec',
  p99: '#0b62a4',
  p50: '#7fb4dc',
  best: '#d9480f',
} as const;

/** An SVG document: p99 and p50 over the number of tasks, both axes logarithmic, the plan's number marked. */
export function svg(plan: Plan): string {
  const { x, y } = scalesOf(plan);
  const across = (tasks: number): number => round(BOX.left + x.at(tasks) * (BOX.width - BOX.left - BOX.right));
  const up = (ms: number): number => round(BOX.height - BOX.bottom - y.at(ms) * (BOX.height - BOX.top - BOX.bottom));
  const bottom = BOX.height - BOX.bottom;
  const path = (member: 'p50Ms' | 'p99Ms'): string =>
    plan.curve.map((point) => `${across(point.tasks)},${up(point[member])}`).join(' ');
  const best = { x: across(plan.tasks), y: up(plan.p99Ms) };
  const isRight = best.x > BOX.width / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${BOX.width}" height="${BOX.height}" viewBox="0 0 ${BOX.width} ${BOX.height}" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13" fill="${INK.text}" role="img" aria-label="${title(plan)}">`,
    `<rect width="${BOX.width}" height="${BOX.height}" fill="#ffffff"/>`,
    `<text x="${BOX.left}" y="30" font-size="17" font-weight="600">${title(plan)}</text>`,
    `<text x="${BOX.left}" y="52" font-size="12" fill="${INK.faint}">${subtitle(plan)}</text>`,
    ...y.ticks.map(
      (tick) =>
        `<line x1="${BOX.left}" y1="${up(tick)}" x2="${BOX.width - BOX.right}" y2="${up(tick)}" stroke="${INK.grid}"/><text x="${BOX.left - 10}" y="${up(tick) + 4}" text-anchor="end" fill="${INK.faint}">${duration(tick)}</text>`,
    ),
    ...x.ticks.map(
      (tick) =>
        `<line x1="${across(tick)}" y1="${BOX.top}" x2="${across(tick)}" y2="${bottom}" stroke="${INK.grid}"/><text x="${across(tick)}" y="${bottom + 20}" text-anchor="middle" fill="${INK.faint}">${count(tick)}</text>`,
    ),
    `<line x1="${BOX.left}" y1="${bottom}" x2="${BOX.width - BOX.right}" y2="${bottom}" stroke="${INK.faint}"/>`,
    `<text x="${(BOX.left + BOX.width - BOX.right) / 2}" y="${BOX.height - 14}" text-anchor="middle" fill="${INK.faint}">tasks of a request</text>`,
    `<polyline points="${path('p50Ms')}" fill="none" stroke="${INK.p50}" stroke-width="2.5" stroke-linejoin="round"/>`,
    `<polyline points="${path('p99Ms')}" fill="none" stroke="${INK.p99}" stroke-width="2.5" stroke-linejoin="round"/>`,
    `<line x1="${best.x}" y1="${BOX.top}" x2="${best.x}" y2="${bottom}" stroke="${INK.best}" stroke-dasharray="4 4"/>`,
    `<circle cx="${best.x}" cy="${best.y}" r="6" fill="${INK.best}" stroke="#ffffff" stroke-width="2"/>`,
    `<text x="${best.x + (isRight ? -8 : 8)}" y="${BOX.top + 14}" text-anchor="${isRight ? 'end' : 'start'}" font-weight="600" fill="${INK.best}" stroke="#ffffff" stroke-width="4" paint-order="stroke">${counted(plan.tasks, 'task')}: p99 ${duration(plan.p99Ms)}</text>`,
    ...legend(),
    '</svg>',
    '',
  ].join('\n');
}

const legend = (): string[] =>
  (['p99', 'p50'] as const).map((name, index) => {
    const left = BOX.width - BOX.right - 120 + index * 62;
    return `<line x1="${left}" y1="26" x2="${left + 20}" y2="26" stroke="${INK[name]}" stroke-width="2.5"/><text x="${left + 26}" y="30" fill="${INK.faint}">${name}</text>`;
  });

const title = ({ tasks, p50Ms, p99Ms }: Plan): string =>
  `${counted(tasks, 'task')}: p50 ${duration(p50Ms)}, p99 ${duration(p99Ms)}`;

const subtitle = ({ binds }: Plan): string => escaped(`What binds: ${binds.says}`);

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
const round = (value: number): number => Math.round(value * 10) / 10;
