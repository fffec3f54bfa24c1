package cmd

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/profile"
)

// shownRows is how many packages and lines people are shown of each kind; --json has all.
const shownRows = 12

// print shows a start to people.
func (r startReport) print(w io.Writer) {
	from := r.Image
	if r.Revision != "" {
		from += ", which " + r.Revision + " serves: this source was not built yet"
	}
	fmt.Fprintf(w, "image         %s\nsize          %s\nfirst answer  %.3fs\n", from, plan.Megabytes(r.Bytes), r.Seconds)
	if r.Over != "" {
		fmt.Fprintf(w, "over budget   %s\n", r.Over)
	}
	if r.Profile != nil {
		printParts(w, *r.Profile)
		printLines(w, r.Profile.Lines)
		printImage(w, *r.Profile.Image)
	}
}

// printParts shows what the time goes into.
func printParts(w io.Writer, p profile.Profile) {
	fmt.Fprintf(w, "\nIt takes %.3fs with the profile:\n", p.Seconds)
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	row := func(name string, seconds float64, note string) {
		fmt.Fprintln(t, strings.TrimRight(fmt.Sprintf("  %s\t%6.3fs\t%3.0f %%\t%s", name, seconds, 100*seconds/p.Seconds, note), "\t "))
	}
	row("container", p.Container, "Docker's, until the entrypoint runs")
	row("interpreter", p.Interpreter, "until Python begins with the program")
	for i, pack := range p.Imports {
		if i == shownRows {
			rest := profile.Package{}
			for _, more := range p.Imports[i:] {
				rest.Seconds += more.Seconds
			}
			row(fmt.Sprintf("%d more packages", len(p.Imports)-i), rest.Seconds, "")
			break
		}
		note := fmt.Sprintf("%d modules", pack.Modules)
		switch {
		case pack.Line != "" && pack.Name != profile.Library:
			note += ", asked for in " + pack.Line
		case pack.Name != profile.Library:
			note += ", asked for by the server"
		}
		row("import "+pack.Name, pack.Seconds, note)
	}
	row("the app's modules", p.App, "their own code, while they are imported")
	row("the program", p.Program, "what else was until all was imported: the code of the server, or of the app's main file")
	row("answer", p.Answer, "from then on")
	row("sum", p.Sum, "")
	t.Flush()
}

// printLines shows what each line of the app imports.
func printLines(w io.Writer, lines []profile.Line) {
	fmt.Fprintln(w, "\nWhat lines of the app import:")
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	shown := 0
	for _, l := range lines {
		if l.Line == "" || shown == shownRows {
			continue
		}
		shown++
		var packages []string
		for _, p := range l.Packages[:min(3, len(l.Packages))] {
			packages = append(packages, fmt.Sprintf("%s %.3fs", p.Name, p.Seconds))
		}
		if more := len(l.Packages) - len(packages); more > 0 {
			packages = append(packages, fmt.Sprintf("%d more", more))
		}
		fmt.Fprintf(t, "  %s\t%6.3fs\t%s\n", l.Line, l.Seconds, strings.Join(packages, ", "))
	}
	t.Flush()
}

// printImage shows what the start takes of the image.
func printImage(w io.Writer, i profile.Image) {
	fmt.Fprintln(w, "\nWhat it takes of the image:")
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	row := func(name string, bytes int64, note string) {
		fmt.Fprintln(t, strings.TrimRight(fmt.Sprintf("  %s\t%9s\t%s", name, plan.Megabytes(bytes), note), "\t "))
	}
	row("read", i.Read+i.Mapped, fmt.Sprintf("%s by calls, %s in mapped files", plan.Megabytes(i.Read), plan.Megabytes(i.Mapped)))
	compiled := ""
	if n := len(i.Compiled); n > 0 {
		compiled = fmt.Sprintf("; compiled at each start, as they have none (%d, %.3fs): %s", n, i.CompileSeconds, firsts(i.Compiled))
	}
	row("bytecode", i.Bytecode.Bytes, plan.Megabytes(i.BytecodeLoaded.Bytes)+" of it are loaded"+compiled)
	row("unused tests", i.TestsUnused.Bytes, largest(i.TestsUnused))
	row("shared objects", i.Shared.Bytes, fmt.Sprintf("%d files", i.Shared.Files))
	row("unused of them", i.SharedUnused.Bytes, largest(i.SharedUnused))
	t.Flush()
}

// firsts are the first of some names.
func firsts(names []string) string {
	if more := len(names) - 3; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), more)
	}
	return strings.Join(names, ", ")
}

// largest are the packages with the most of a part.
func largest(p profile.Part) string {
	if p.Files == 0 {
		return ""
	}
	var shares []string
	for _, s := range p.Packages[:min(4, len(p.Packages))] {
		shares = append(shares, s.Name+" "+plan.Megabytes(s.Bytes))
	}
	return fmt.Sprintf("%d files: %s", p.Files, strings.Join(shares, ", "))
}
