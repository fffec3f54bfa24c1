package cmd

import (
	"cmp"
	"flag"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

// helpFlag is --help. The library's own keeps what it parsed in the one value
// that all programs in a process share.
type helpFlag struct{ *cli.BoolFlag }

var _ cli.Flag = helpFlag{}

// Apply adds a copy to a set of flags.
func (h helpFlag) Apply(set *flag.FlagSet) error {
	f := *h.BoolFlag
	return f.Apply(set)
}

// section is the flags below one heading.
type section struct {
	Heading string
	Flags   []cli.Flag
}

// sections sorts flags by their headings; the library would by the alphabet. A
// command without shared flags has one section.
func sections(flags []cli.Flag) (all []section) {
	for _, heading := range append([]string{options}, headings...) {
		s := section{Heading: heading}
		for _, f := range flags {
			if cmp.Or(category(f), options) == heading {
				s.Flags = append(s.Flags, f)
			}
		}
		if len(s.Flags) > 0 {
			all = append(all, s)
		}
	}
	if len(all) == 1 {
		all[0].Heading = options
	}
	return all
}

// options is the heading of a command's own flags.
const options = "Options"

// The library's templates, with our sections of flags.
const (
	helpName = `NAME:
   {{template "helpNameTemplate" .}}

USAGE:
   `
	helpUsage    = `{{template "usageTemplate" .}}`
	helpAppUsage = `{{.HelpName}} command [command options]`
	helpCommands = `{{if .VisibleCommands}}

COMMANDS:{{template "visibleCommandCategoryTemplate" .}}{{end}}`
	helpFlags = `{{range sections .VisibleFlags}}

{{upper .Heading}}:{{range .Flags}}
   {{wrap .String 6}}{{end}}{{end}}
`
)

func init() {
	cli.HelpFlag = helpFlag{&cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Category: output, Usage: "show help", DisableDefaultText: true}}
	cli.CommandHelpTemplate = helpName + helpUsage + helpFlags
	cli.SubcommandHelpTemplate = helpName + helpUsage + helpCommands + helpFlags
	cli.AppHelpTemplate = helpName + helpAppUsage + helpCommands + helpFlags
	cli.HelpPrinter = func(w io.Writer, template string, data any) {
		cli.HelpPrinterCustom(w, template, data, map[string]any{"sections": sections, "upper": strings.ToUpper})
	}
}
