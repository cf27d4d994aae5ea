import { describe, test } from "vitest";
import { configDirectory, noDirectory } from "../../src/config/location.ts";

describe("the configuration directory", () => {
  test.for([
    [
      "RCWH_CONFIG_DIR before all else",
      { RCWH_CONFIG_DIR: "/own/", XDG_CONFIG_HOME: "/xdg", HOME: "/home/me" },
      "linux",
      "/own/",
    ],
    ["RCWH_CONFIG_DIR without HOME", { RCWH_CONFIG_DIR: "/own" }, "linux", "/own"],
    [
      "a folder in XDG_CONFIG_HOME",
      { RCWH_CONFIG_DIR: "", XDG_CONFIG_HOME: "/xdg", HOME: "/home/me" },
      "linux",
      "/xdg/rcwh",
    ],
    [
      "~/.config where XDG_CONFIG_HOME is relative",
      { XDG_CONFIG_HOME: "xdg", HOME: "/home/me" },
      "linux",
      "/home/me/.config/rcwh",
    ],
    ["~/.config on macOS too", { HOME: "/Users/me" }, "darwin", "/Users/me/.config/rcwh"],
    [
      "a folder in APPDATA on Windows",
      { APPDATA: "C:\\Users\\me\\AppData\\Roaming", HOME: "C:\\Users\\me" },
      "win32",
      "C:\\Users\\me\\AppData\\Roaming\\rcwh",
    ],
    [
      "RCWH_CONFIG_DIR on Windows",
      { RCWH_CONFIG_DIR: "D:/rcwh", APPDATA: "C:\\x" },
      "win32",
      "D:\\rcwh",
    ],
    [
      "not APPDATA elsewhere",
      { APPDATA: "/app", HOME: "/home/me" },
      "linux",
      "/home/me/.config/rcwh",
    ],
  ] as const)("is %s", ([, env, platform, directory], { expect }) => {
    expect(configDirectory(env, platform)).toBe(directory);
  });

  test("is unknown if no variable names one", ({ expect }) => {
    expect(configDirectory({ HOME: "" }, "linux")).toBeUndefined();
    expect(noDirectory()).toMatchObject({
      message: "Cannot find the configuration directory: HOME is not set.",
      hint: "Set RCWH_CONFIG_DIR to a directory of your own.",
      exitCode: 2,
    });
  });

  test.for(["configuration", "./configuration", "~/rcwh"])(
    "is not the relative %s, which cron and a terminal would resolve differently",
    (directory, { expect }) => {
      expect(() => configDirectory({ RCWH_CONFIG_DIR: directory }, "linux")).toThrow(
        expect.objectContaining({
          message: `Invalid RCWH_CONFIG_DIR value "${directory}": must be an absolute path.`,
          exitCode: 2,
        }),
      );
    },
  );
});
