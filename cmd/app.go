package cmd

import (
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/local"
)

// AppOptions say which app, and where it goes.
type AppOptions struct {
	Source string              // the app's folder
	Config string              // "" = gcpdeploy.yaml in it
	Env    string              // a name of `environments:`
	Local  bool                // the emulators instead of Google
	Flags  map[string][]string // settings given as flags, for config
}

// settings are the flags that override a key of gcpdeploy.yaml.
func settings() []cli.Flag {
	var flags []cli.Flag
	for _, f := range config.Flags(sections()) {
		switch f.Form {
		case config.List:
			flags = append(flags, &cli.StringSliceFlag{Name: f.Name, Usage: f.Usage})
		case config.Bool:
			flags = append(flags, &cli.BoolFlag{Name: f.Name, Usage: f.Usage, DisableDefaultText: true})
		default:
			flags = append(flags, &cli.StringFlag{Name: f.Name, Usage: f.Usage})
		}
	}
	return flags
}

// appFlags are the flags of every command that loads an app.
func appFlags(more ...cli.Flag) []cli.Flag {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "source", Value: ".", Usage: "`FOLDER` of the app"},
		&cli.StringFlag{Name: "config", Usage: "`FILE` of settings (default: gcpdeploy.yaml in the folder)"},
		&cli.StringFlag{Name: "env", Usage: "`NAME` of the environment in the settings"},
		localFlag(), jsonFlag(),
	}
	return append(append(flags, settings()...), more...)
}

func localFlag() cli.Flag {
	return &cli.BoolFlag{Name: "local", Usage: "use the emulators on this machine instead of Google Cloud"}
}

func jsonFlag() cli.Flag { return &cli.BoolFlag{Name: "json", Usage: "print JSON"} }

func appOptions(c *cli.Context) AppOptions {
	o := AppOptions{
		Source: c.String("source"), Config: c.String("config"), Env: c.String("env"), Local: c.Bool("local"),
		Flags: map[string][]string{},
	}
	for _, f := range config.Flags(sections()) {
		switch {
		case !c.IsSet(f.Name):
		case f.Form == config.List:
			o.Flags[f.Name] = c.StringSlice(f.Name)
		case f.Form == config.Bool:
			o.Flags[f.Name] = []string{strconv.FormatBool(c.Bool(f.Name))}
		default:
			o.Flags[f.Name] = []string{c.String(f.Name)}
		}
	}
	return o
}

func (o AppOptions) input(d Deps) config.Input {
	in := config.Input{Dir: o.Source, Targets: sections(), File: o.Config, Env: o.Env, Flags: o.Flags, Lookup: d.Lookup, Home: d.Home}
	if o.Local {
		in.Defaults = config.Defaults{Project: local.Project, Region: local.Region, IgnoreGcloud: true}
	}
	return in
}
