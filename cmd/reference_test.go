package cmd_test

import (
	"bytes"
	"fmt"
	"slices"
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
	commands := cmd.New(ui.Streams{}, cmd.Deps{}).Commands
	groups := shared(commands[0].Flags) // `up` takes all
	var b bytes.Buffer
	b.WriteString("# Commands\n\nWritten by `make golden` from the commands themselves.\n")
	for _, c := range commands {
		describe(&b, "gcpdeploy", c, groups)
	}
	b.WriteString("\n# Shared flags\n\nThe sections of `--help`. A command above names those that it takes.\n")
	for _, g := range groups {
		fmt.Fprintf(&b, "\n## %s\n", g.heading)
		table(&b, g.flags)
	}
	golden.Equal(t, b.Bytes(), "../docs/cli.md")
}

// group is the flags that stand below one heading.
type group struct {
	heading string
	flags   []cli.Flag
}

func shared(flags []cli.Flag) (groups []group) {
	for _, f := range flags {
		if heading(f) == "" || !f.(cli.VisibleFlag).IsVisible() {
			continue // the command's own, or in the line of another one
		}
		n := slices.IndexFunc(groups, func(g group) bool { return g.heading == heading(f) })
		if n < 0 {
			n = len(groups)
			groups = append(groups, group{heading: heading(f)})
		}
		groups[n].flags = append(groups[n].flags, f)
	}
	return groups
}

func heading(f cli.Flag) string {
	if c, ok := f.(cli.CategorizableFlag); ok {
		return c.GetCategory()
	}
	return ""
}

func describe(b *bytes.Buffer, parent string, c *cli.Command, groups []group) {
	if c.Hidden {
		return
	}
	name := parent + " " + c.Name
	fmt.Fprintf(b, "\n## `%s`\n\n%s%s.\n", strings.TrimSpace(name+" "+c.ArgsUsage), strings.ToUpper(c.Usage[:1]), c.Usage[1:])
	var own []cli.Flag
	for _, f := range c.Flags {
		if heading(f) == "" {
			own = append(own, f)
		}
	}
	table(b, own)
	var takes []string
	for _, g := range groups {
		if text := taken(g, c.Flags); text != "" {
			takes = append(takes, text)
		}
	}
	if len(takes) > 0 {
		fmt.Fprintf(b, "\nShared flags: %s.\n", strings.Join(takes, ", "))
	}
	for _, sub := range c.Subcommands {
		describe(b, name, sub, groups)
	}
}

// taken says which flags of a group are among a command's.
func taken(g group, flags []cli.Flag) string {
	has := map[string]bool{}
	for _, f := range flags {
		has[f.Names()[0]] = true
	}
	var names []string
	for _, f := range g.flags {
		if name := f.Names()[0]; has[name] {
			names = append(names, "`--"+name+"`")
		}
	}
	link := fmt.Sprintf("[%s](#%s)", strings.ToLower(g.heading), strings.ReplaceAll(strings.ToLower(g.heading), " ", "-"))
	switch len(names) {
	case 0:
		return ""
	case len(g.flags):
		return link
	}
	return strings.Join(names, " ") + " of " + link
}

func table(b *bytes.Buffer, flags []cli.Flag) {
	if len(flags) > 0 {
		b.WriteString("\n| flag | |\n|---|---|\n")
	}
	for _, f := range flags {
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
}
