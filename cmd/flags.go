package cmd

import (
	"slices"
	"strconv"
	"sync"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/actions"
	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// output is the heading of the flags that say what is printed.
const output = "Output"

// headings are the sections of flags in help, in their order. A command's own
// flags come before them.
var headings = []string{
	string(config.GroupWhere), string(config.GroupWhat), string(config.GroupTests),
	string(config.GroupService), string(config.GroupBuild), string(config.GroupSetup), output,
}

// What commands take of the flags that they share: flags by name, or all below a
// heading.
var (
	theFiles      = []string{"source", "app", "config", "env", "service"}
	theRepository = []string{"source", "app", "config", "env", "local", "project", "region", "repository", "impersonate-service-account"}
	theService    = []string{"source", "app", "config", "env", "local", "project", "region", "service", "target", "impersonate-service-account"}
	theProject    = []string{"source", "app", "config", "env", "local", "project", "region", "repository", "target", "build-service-account", "pull-request-account", "service-account", "source-bucket", "logs-bucket", "impersonate-service-account", string(config.GroupSetup)}
	theWheels     = []string{string(config.GroupWhat)}
	theImages     = []string{string(config.GroupWhat), string(config.GroupTests)}
	everything    = slices.DeleteFunc(slices.Clone(headings), func(h string) bool { return h == string(config.GroupSetup) })
	theTelling    = []string{"notify", "notify-on"}
)

// shared are the flags that say which app, where it goes and how it is made, of
// those the ones that a command takes.
func shared(takes ...[]string) (flags []cli.Flag) {
	where, taken := string(config.GroupWhere), slices.Concat(takes...)
	takesIt := func(name, heading string) bool {
		return slices.Contains(taken, name) || slices.Contains(taken, heading)
	}
	for _, f := range []cli.Flag{
		&cli.StringFlag{Name: "source", Category: where, Value: ".", Usage: "`FOLDER` of the app"},
		&cli.StringFlag{Name: "config", Category: where, Usage: "`FILE` of settings (default: gcpdeploy.yaml in the folder)"},
		&cli.StringFlag{Name: "env", Category: where, Usage: "`NAME` of the environment in the settings"},
		&cli.BoolFlag{Name: "local", Category: where, Usage: "use the emulators on this machine instead of Google Cloud"},
	} {
		if takesIt(f.Names()[0], where) {
			flags = append(flags, f)
		}
	}
	for _, f := range settings() {
		if takesIt(f.Name, string(f.Group)) { // names of flags that are made cost a regular expression each
			flags = append(flags, setting(f))
		}
	}
	return flags
}

// settings are the flags of all keys: every command takes some of them.
var settings = sync.OnceValue(func() []config.Flag { return config.Flags(clients.Settings()) })

// setting is the flag that overrides a key of gcpdeploy.yaml.
func setting(f config.Flag) cli.Flag {
	heading := string(f.Group)
	switch f.Form {
	case config.List:
		return listFlag{&cli.StringSliceFlag{Name: f.Name, Category: heading, Usage: f.Usage, Hidden: f.Hidden}}
	case config.Bool:
		return &cli.BoolFlag{Name: f.Name, Category: heading, Usage: f.Usage, Hidden: f.Hidden}
	}
	return textFlag{&cli.StringFlag{Name: f.Name, Category: heading, Usage: f.Usage}}
}

// Of the flags of keys there are hundreds. The library makes a flag's names with a regular
// expression each time that it looks through all of them, which it does for each once more.
type (
	listFlag struct{ *cli.StringSliceFlag }
	textFlag struct{ *cli.StringFlag }
)

// Names implements cli.Flag.
func (f listFlag) Names() []string { return []string{f.Name} }

// Names implements cli.Flag.
func (f textFlag) Names() []string { return []string{f.Name} }

func category(f cli.Flag) string {
	if c, ok := f.(cli.CategorizableFlag); ok {
		return c.GetCategory()
	}
	return ""
}

func jsonFlag() cli.Flag { return &cli.BoolFlag{Name: "json", Category: output, Usage: "print JSON"} }

func verboseFlag() cli.Flag {
	return &cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Category: output, Usage: "show the build's log"}
}

// Output says what is printed.
type Output struct {
	JSON    bool
	Verbose bool // what the steps of a build print, too
}

func outputOptions(c *cli.Context) Output {
	return Output{JSON: c.Bool("json"), Verbose: c.Bool("verbose")}
}

// reporter shows a run as it goes, to GitHub Actions, too, where that runs it.
func (o Output) reporter(s ui.Streams, d Deps) ui.Reporter {
	return actions.Of(d.Lookup).Watch(o.view(s, d), s.Err)
}

func (o Output) view(s ui.Streams, d Deps) ui.Reporter {
	if o.JSON {
		return ui.NewJSON(s)
	}
	if _, ok := ci.Find(d.Lookup); ok && !s.Terminal && !o.Verbose {
		return ui.NewRecord(s, d.Now) // nobody can run it again to see more
	}
	return ui.NewHuman(s, o.Verbose, d.Now)
}

// warner is for commands that print one result: people see what goes wrong.
func warner(s ui.Streams, d Deps) ui.Reporter { return ui.NewHuman(s, false, d.Now) }

// appOptions reads the shared flags. One that a command does not take is not set.
func appOptions(c *cli.Context) clients.App {
	app := clients.App{
		Source: c.String("source"), Config: c.String("config"), Env: c.String("env"), Local: c.Bool("local"),
		Flags: map[string][]string{},
	}
	set := c.LocalFlagNames() // to ask IsSet for each would look through all flags each time
	for _, f := range settings() {
		switch {
		case !slices.Contains(set, f.Name):
		case f.Form == config.List:
			app.Flags[f.Name] = c.StringSlice(f.Name)
		case f.Form == config.Bool:
			app.Flags[f.Name] = []string{strconv.FormatBool(c.Bool(f.Name))}
		default:
			app.Flags[f.Name] = []string{c.String(f.Name)}
		}
	}
	return app
}
