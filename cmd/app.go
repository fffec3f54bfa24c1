package cmd

import (
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/local"
	"github.com/urfave/cli/v2"
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
	text := func(name, usage string) cli.Flag { return &cli.StringFlag{Name: name, Usage: usage} }
	list := func(name, usage string) cli.Flag { return &cli.StringSliceFlag{Name: name, Usage: usage} }
	return []cli.Flag{
		text("service", "`NAME` of the service (default: the folder's name)"),
		text("project", "`ID` of the Google Cloud project"),
		text("region", "Google Cloud `REGION`"),
		text("repository", "`NAME` of the Artifact Registry repository"),
		text("python", "Python `VERSION`, such as 3.12"),
		text("base-image", "`IMAGE` with that Python (default: python:VERSION-slim)"),
		list("requirements", "requirements `FILE`; repeat for several"),
		text("entrypoint", "`COMMAND` that starts the app"),
		text("test-command", "`COMMAND` that tests the app"),
		text("templates", "`FOLDER` of your own wheel.Dockerfile or main.Dockerfile"),
		text("ca-file", "`FILE` with the CA certificates that pip and apt need in the build"),
		text("ignore-file", "`FILE` with the rules of what stays out of the source archive"),
	}
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
	for _, f := range settings() {
		name := f.Names()[0]
		if !c.IsSet(name) {
			continue
		}
		if _, ok := f.(*cli.StringSliceFlag); ok {
			o.Flags[name] = c.StringSlice(name)
		} else {
			o.Flags[name] = []string{c.String(name)}
		}
	}
	return o
}

func (o AppOptions) input(d Deps) config.Input {
	in := config.Input{Dir: o.Source, File: o.Config, Env: o.Env, Flags: o.Flags, Lookup: d.Lookup, Home: d.Home}
	if o.Local {
		in.Defaults = config.Defaults{Project: local.Project, Region: local.Region, IgnoreGcloud: true}
	}
	return in
}
