/** Completion scripts from the command tree: what is not declared there cannot be completed, and nothing can drift. */
import type { Command, Option } from "commander";

interface Flag {
  readonly names: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

export interface CommandNode {
  /** Words after the program: `runs list`; empty for the program itself. */
  readonly path: string;
  readonly children: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly Flag[];
  /** Choices of its arguments, such as the shells of `completion`. */
  readonly words: readonly string[];
}

export function commandNodes(program: Command): CommandNode[] {
  const visit = (command: Command, path: readonly string[], inherited: readonly Flag[]): CommandNode[] => {
    const own = [...command.options.filter((option) => !option.hidden).map(flagOf), HELP];
    const flags = [
      ...own,
      ...inherited.filter(({ names }) => !own.some((flag) => flag.names.includes(names[0] ?? ""))),
    ];
    const children = command.commands.map((child) => ({ name: child.name(), description: child.summary() }));
    const words = command.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
    const global = path.length === 0 ? own.filter(({ names }) => !names.includes("--version")) : inherited;
    return [
      { path: path.join(" "), children, flags, words },
      ...command.commands.flatMap((child) => visit(child, [...path, child.name()], global)),
    ];
  };
  return visit(program, [], []);
}

const HELP: Flag = { names: ["--help", "-h"], description: "show the help", takesValue: false, choices: [] };

function flagOf(option: Option): Flag {
  return {
    names: [option.long, option.short].filter((name): name is string => name !== undefined && name !== null),
    description: option.description.replace(/ \(env: .*/, ""),
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? [],
  };
}

const words = (list: readonly string[]): string => list.join(" ");
const flagNames = (node: CommandNode): string[] => node.flags.flatMap(({ names }) => names);
const valued = (node: CommandNode): string[] => node.flags.flatMap((flag) => (flag.takesValue ? flag.names : []));
/** Single quotes for bash, zsh and fish alike. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The parts that bash and zsh share: which command the line is in, and what may follow. Both know this case syntax. */
function cases(nodes: readonly CommandNode[]) {
  const branch = (pattern: string, reply: string) => `    ${quoted(pattern)}) ${reply} ;;`;
  return {
    step: nodes
      .flatMap(({ path, children }) => children.map(({ name }) => `${path} ${name}`.trim()))
      .map((path) => `      ${quoted(path)}) at=${quoted(path)} ;;`)
      .join("\n"),
    choices: nodes
      .flatMap(({ path, flags }) =>
        flags
          .filter(({ choices }) => choices.length > 0)
          .flatMap(({ names, choices }) =>
            names.map((name) => branch(`${path}|${name}`, `reply=${quoted(words(choices))}`)),
          ),
      )
      .join("\n"),
    valued: nodes.map((node) => branch(node.path, `valued=${quoted(words(valued(node)))}`)).join("\n"),
    flags: nodes.map((node) => branch(node.path, `reply=${quoted(words(flagNames(node)))}`)).join("\n"),
    words: nodes
      .filter((node) => node.children.length + node.words.length > 0)
      .map((node) =>
        branch(node.path, `reply=${quoted(words([...node.children.map(({ name }) => name), ...node.words]))}`),
      )
      .join("\n"),
  };
}

/** For bash 3.2 and newer. Where nothing of ours fits, bash completes file names. */
export function bashCompletion(nodes: readonly CommandNode[]): string {
  const part = cases(nodes);
  return `# bash completion for plumbline; made by 'plumbline completion bash'
_plumbline() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" at='' reply='' valued='' word i skip=''
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [[ -n $skip ]]; then skip=''; continue; fi
    case "$at" in
${indented(part.valued)}
    esac
    if [[ $word == -* ]]; then
      [[ " $valued " == *" $word "* ]] && skip=1
      continue
    fi
    word="\${at:+$at }$word"
    case "$word" in
${part.step}
    esac
  done
  if [[ -n $skip ]]; then
    case "$at|$prev" in
${part.choices}
    esac
    [[ -n $reply ]] && COMPREPLY=($(compgen -W "$reply" -- "$cur"))
    return
  fi
  if [[ $cur == -* ]]; then
    case "$at" in
${part.flags}
    esac
  else
    case "$at" in
${part.words}
    esac
  fi
  [[ -n $reply ]] && COMPREPLY=($(compgen -W "$reply" -- "$cur"))
}
complete -o bashdefault -o default -F _plumbline plumbline
`;
}

export function zshCompletion(nodes: readonly CommandNode[]): string {
  const part = cases(nodes);
  return `#compdef plumbline
# zsh completion for plumbline; made by 'plumbline completion zsh'
_plumbline() {
  local cur="\${words[CURRENT]}" prev="\${words[CURRENT-1]}" at='' reply='' valued='' word='' skip=''
  local -i i
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    if [[ -n $skip ]]; then skip=''; continue; fi
    case "$at" in
${indented(part.valued)}
    esac
    if [[ $word == -* ]]; then
      [[ " $valued " == *" $word "* ]] && skip=1
      continue
    fi
    word="\${at:+$at }$word"
    case "$word" in
${part.step}
    esac
  done
  if [[ -n $skip ]]; then
    case "$at|$prev" in
${part.choices}
    esac
  elif [[ $cur == -* ]]; then
    case "$at" in
${part.flags}
    esac
  else
    case "$at" in
${part.words}
    esac
  fi
  if [[ -n $reply ]]; then compadd -- \${=reply}; else _files; fi
}
if [[ $funcstack[1] == _plumbline ]]; then _plumbline "$@"; else compdef _plumbline plumbline; fi
`;
}

export function fishCompletion(nodes: readonly CommandNode[]): string {
  const paths = nodes.flatMap(({ path, children }) => children.map(({ name }) => `${path} ${name}`.trim()));
  const lines = nodes.flatMap((node) => {
    const condition = `-n ${quoted(`__plumbline_at ${quoted(node.path).replaceAll("'", '"')}`)}`;
    const children = node.children.map(
      ({ name, description }) => `complete -c plumbline -f ${condition} -a ${quoted(name)} -d ${quoted(description)}`,
    );
    const choices = node.words.map((word) => `complete -c plumbline -f ${condition} -a ${quoted(word)}`);
    const flags = node.flags.map((flag) => {
      const names = flag.names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
      const value = flag.choices.length > 0 ? ` -x -a ${quoted(words(flag.choices))}` : flag.takesValue ? " -r" : "";
      return `complete -c plumbline ${condition} ${names.join(" ")}${value} -d ${quoted(flag.description)}`;
    });
    return [...children, ...choices, ...flags];
  });
  return `# fish completion for plumbline; made by 'plumbline completion fish'
function __plumbline_at --description 'Is the command line in this command?'
    set -l at ''
    for word in (commandline -opc)[2..-1]
        string match -q -- '-*' $word; and continue
        set -l next (string trim -- "$at $word")
        contains -- $next ${paths.map(quoted).join(" ")}; and set at $next
    end
    test "$at" = "$argv[1]"
end
${lines.join("\n")}
`;
}

const indented = (text: string): string => text.replace(/^/gm, "  ");
