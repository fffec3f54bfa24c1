package cmd

import (
	"flag"

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

func init() {
	cli.HelpFlag = helpFlag{&cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "show help", DisableDefaultText: true}}
}
