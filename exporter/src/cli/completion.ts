import { Argument, type Command } from "commander";
import type { Cli } from "./common.ts";
import { bashCompletion, commandNodes, fishCompletion, zshCompletion } from "./completion-scripts.ts";

const SHELLS = {
  bash: {
    make: bashCompletion,
    install: "plumbline completion bash > ~/.local/share/bash-completion/completions/plumbline",
  },
  zsh: { make: zshCompletion, install: "plumbline completion zsh > ~/.zsh/completions/_plumbline" },
  fish: { make: fishCompletion, install: "plumbline completion fish > ~/.config/fish/completions/plumbline.fish" },
} as const;

export function registerCompletion(program: Command, { io }: Cli): void {
  const examples = Object.values(SHELLS).map(({ install }) => `\n  $ ${install}`);
  program
    .command("completion")
    .summary("print a script that completes commands in your shell")
    .description("Prints a completion script for a shell: commands, flags, their choices, and file names.")
    .addArgument(new Argument("<shell>", "shell to complete in").choices(Object.keys(SHELLS)))
    .addHelpText("after", `\nExamples:${examples.join("")}`)
    .action((shell: keyof typeof SHELLS) => {
      io.stdout.write(SHELLS[shell].make(commandNodes(program)));
    });
}
