package cmd_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/internal/golden"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// TestReference keeps docs/cli.md what the commands say of themselves.
func TestReference(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	b.WriteString("# Commands\n\nWritten by `make golden` from the commands themselves.\n")
	for _, c := range cmd.New(ui.Streams{}, cmd.Deps{}).Commands {
		describe(&b, "gcpdeploy", c)
	}
	golden.Equal(t, b.Bytes(), "../docs/cli.md")
}

func describe(b *bytes.Buffer, parent string, c *cli.Command) {
	if c.Hidden {
		return
	}
	name := parent + " " + c.Name
	fmt.Fprintf(b, "\n## `%s`\n\n%s%s.\n", strings.TrimSpace(name+" "+c.ArgsUsage), strings.ToUpper(c.Usage[:1]), c.Usage[1:])
	if len(c.Flags) > 0 {
		b.WriteString("\n| flag | |\n|---|---|\n")
	}
	for _, f := range c.Flags {
		d, ok := f.(cli.DocGenerationFlag)
		if !ok {
			continue
		}
		usage := strings.ReplaceAll(d.GetUsage(), "|", `\|`)
		if v := d.GetValue(); v != "" && v != "false" && v != "[]" {
			usage += " (default: " + v + ")"
		}
		fmt.Fprintf(b, "| `--%s` | %s |\n", strings.Join(f.Names(), "`, `-"), usage)
	}
	for _, sub := range c.Subcommands {
		describe(b, name, sub)
	}
}
