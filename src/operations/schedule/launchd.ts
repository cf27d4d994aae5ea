import { shellWord } from "../../machine/shell-word.ts";
import type { Schedule, ScheduleFile } from "./schedule.ts";

const label = "rcwh.renew";

/** A launch agent with calendar times, because launchd catches up on missed runs only with these. */
export function renderLaunchd(schedule: Schedule): readonly ScheduleFile[] {
  const { interval, at, program, words, environment, home = "~", reasons } = schedule;
  const path = `${home}/Library/LaunchAgents/${label}.plist`;
  const log = `${home}/Library/Logs/rcwh.log`;
  const comments = [
    // An XML comment cannot contain the two hyphens of a flag.
    ...reasons.filter((reason) => !reason.includes("--")),
    `Save this as ${path}, then run: launchctl bootstrap gui/$(id -u) ${path.startsWith("~/") ? path : shellWord(path)}`,
    `It writes problems to ${log}, and nothing while all is well.`,
  ];
  const members = [
    entry("Label", string(label)),
    entry("ProgramArguments", array([...program, ...words].map(string))),
    entry(
      "EnvironmentVariables",
      dictionary(Object.entries(environment).map(([name, value]) => entry(name, string(value)))),
    ),
    entry("StartCalendarInterval", array(instants(interval.minutes, at).map(dictionary))),
    entry("StandardErrorPath", string(log)),
    entry("StandardOutPath", string(log)),
    entry("ProcessType", string("Background")),
  ];
  const text = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    ...comments.map((comment) => `<!-- ${comment.replace(/-(?=-)/g, "- ")} -->`),
    '<plist version="1.0">',
    dictionary(members),
    "</plist>",
  ].join("\n");
  return [{ path, text }];
}

function instants(minutes: number, at: number): readonly (readonly string[])[] {
  const perHour = Math.max(1, 60 / minutes);
  const inHour = Array.from({ length: perHour }, (_, index) => (at % 60) + index * minutes);
  if (minutes <= 60) return inHour.map((minute) => [entry("Minute", integer(minute))]);
  return Array.from({ length: 1440 / minutes }, (_, index) => [
    entry("Hour", integer(Math.floor((at + index * minutes) / 60))),
    entry("Minute", integer(at % 60)),
  ]);
}

function entry(key: string, value: string): string {
  return `<key>${escaped(key)}</key>\n${value}`;
}

function string(text: string): string {
  return `<string>${escaped(text)}</string>`;
}

function integer(number: number): string {
  return `<integer>${number}</integer>`;
}

function array(items: readonly string[]): string {
  return `<array>\n${indent(items.join("\n"))}\n</array>`;
}

function dictionary(entries: readonly string[]): string {
  return entries.length === 0 ? "<dict/>" : `<dict>\n${indent(entries.join("\n"))}\n</dict>`;
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
