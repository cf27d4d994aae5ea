import { credentialVariables } from "../../config/credential-groups.ts";

/** The value of a variable; undefined for one that is not set. */
export type Variables = (name: string) => string | undefined;

/** A part of a text that cannot be filled in. */
export interface VariableProblem {
  /** As it is written, such as `${PUBLIC_URL}`. */
  readonly written: string;
  readonly message: string;
  readonly hint: string;
}

export interface FilledText {
  readonly text: string;
  readonly problems: readonly VariableProblem[];
}

/**
 * Replaces `${NAME}` and `${NAME:-default}` by values, and `$${` by `${`. An empty value counts as none. Values are not
 * looked through again.
 */
export function fillVariables(text: string, variables: Variables): FilledText {
  const problems: VariableProblem[] = [];
  if (!text.includes("${")) return { text, problems };
  const filled = text.replace(
    /\$\$\{|\$\{([^}]*)(\}?)/g,
    (written, inside: string | undefined, end: string) => {
      if (inside === undefined) return "${";
      const [, name, fallback] = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inside) ?? [];
      if (end === "" || name === undefined || fallback?.includes("${")) {
        problems.push({ written, message: flawOf(end, inside), hint: forms });
        return "";
      }
      const value = variableOf(name, variables) ?? (isWithheld(name) ? undefined : fallback);
      if (value === undefined) problems.push({ written, ...unset(name) });
      return value ?? "";
    },
  );
  return { text: filled, problems };
}

/** A text of which `fillVariables` makes this one. */
export function withoutVariables(text: string): string {
  return text.replaceAll("${", () => "$${");
}

const forms = "Write ${NAME} or ${NAME:-default}, and $${ for a literal ${.";

function flawOf(end: string, inside: string): string {
  if (end === "") return "A variable has no closing brace.";
  return inside.includes("${")
    ? "A variable cannot have another one in its default."
    : "The name of a variable is not valid.";
}

/** Anybody who can change the file must not learn the run's credentials. */
function isWithheld(name: string): boolean {
  return credentialVariables.includes(name);
}

/** What to say of a variable without a value. */
export function unset(name: string): Omit<VariableProblem, "written"> {
  return isWithheld(name)
    ? {
        message: `The variable ${name} is reserved for credentials.`,
        hint: "Use a variable with another name.",
      }
    : {
        message: `The variable ${name} is not set.`,
        hint: `Set it, add --var ${name}=…, or give a default: \${${name}:-…}.`,
      };
}

/** The value of a variable that is named outside a text. */
export function variableOf(name: string, variables: Variables): string | undefined {
  return isWithheld(name) ? undefined : variables(name) || undefined;
}
