package cmd

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// prebuiltMarkdown is what a prebuild came to, as a comment. Its first line is the
// same for each run of a service, so that who posts it can find it and replace it.
func prebuiltMarkdown(r engine.Result) string {
	var b strings.Builder
	s := r.Shared
	fmt.Fprintf(&b, "<!-- gcpdeploy wheels prebuild %s -->\n", r.Service)
	took := ui.Duration(time.Duration(r.Seconds * float64(time.Second)))
	if r.Status == "nothing_to_do" {
		fmt.Fprintf(&b, "### %s: its wheels are there (%s)\n\n", cell(r.Service), took)
	} else {
		fmt.Fprintf(&b, "### %s: its wheels are built, after %s\n\n", cell(r.Service), took)
	}
	b.WriteString("| image | key | size | |\n|---|---|---|---|\n")
	row := func(name string, i *engine.SharedImage) {
		if i == nil {
			return
		}
		how := "was there"
		if i.Built {
			how = "built"
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", name, key.Short(i.Key), size(i.Bytes), how)
	}
	row(fmt.Sprintf("wheels, %s", ui.Count(len(s.Packages), "package")), &s.Wheels)
	row("runtime", &s.Runtime)
	row("test packages", s.TestEnv)
	how := map[string]plan.Wheel{}
	for _, p := range s.Packages {
		how[p.Name] = p
	}
	switch {
	case s.Against == "":
		b.WriteString("\nThere are no earlier wheels to compare with.\n")
	case len(s.Changed) == 0:
		fmt.Fprintf(&b, "\nAgainst the nearest earlier wheels (`%s`) no package changed.\n", key.Short(s.Against))
	default:
		fmt.Fprintf(&b, "\nAgainst the nearest earlier wheels (`%s`):\n\n| package | before | now | |\n|---|---|---|---|\n", key.Short(s.Against))
		for _, c := range s.Changed {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", cell(c.Name), cell(cmp.Or(c.Old, "–")), cell(cmp.Or(c.New, "gone")), origin(how[c.Name]))
		}
	}
	if len(s.Packages) > 0 {
		fmt.Fprintf(&b, "\n<details><summary>All %s</summary>\n\n| package | version | |\n|---|---|---|\n", ui.Count(len(s.Packages), "package"))
		for _, p := range s.Packages {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", cell(p.Name), cell(p.Version), origin(p))
		}
		b.WriteString("\n</details>\n")
	}
	b.WriteString("\nA deploy of these requirements builds none of it.\n")
	return b.String()
}

// origin is how a wheel came to be where it is.
func origin(w plan.Wheel) string {
	if w.Origin == "present" {
		return ""
	}
	if w.Origin == "built" && w.Seconds > 0 {
		return "built in " + ui.Duration(time.Duration(w.Seconds*float64(time.Second)))
	}
	return cell(w.Origin)
}

func size(n int64) string {
	if n == 0 {
		return ""
	}
	return ui.Bytes(n)
}

// cell is a text that cannot end a table's cell, or begin anything in it.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ", "`", "'", "<", "&lt;", "[", `\[`, "*", `\*`, "@", "&#64;").Replace(text)
}
