package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// What stands for the services of a repository in the usage of a command.
const (
	oneService  = "[SERVICE]"
	anyServices = "[SERVICE…]"
)

// namedApp reads the names of services of a command's arguments, at most so many, and the
// shared flags.
func namedApp(c *cli.Context, most int) (clients.App, error) {
	names, err := arguments(c, most)
	app := appOptions(c)
	app.Only = names
	return app, err
}

// sharedApp are the shared flags of a command that is about no service in particular.
func sharedApp(c *cli.Context) clients.App {
	app := appOptions(c)
	app.Shared = true
	return app
}

// manyServices is more than anybody has.
const manyServices = 1000

// several are the services, or the regions of one, that a command is about, where those
// are not one alone.
func several(err error) (*config.Several, bool) { return errors.AsType[*config.Several](err) }

// eachRegion runs a command for an app, or, where that is in several regions, for one after
// the other, as oneByOne does. Several services are refused.
func eachRegion(s ui.Streams, asJSON bool, app clients.App, run func(s ui.Streams, app clients.App) error) error {
	app.EachRegion = true
	err := run(s, app)
	if all, ok := several(err); ok && all.Noun() == config.ARegion {
		return eachOf(s, asJSON, app, all, run)
	}
	return err
}

// oneByOne runs a command for an app, or, where that is several services, or in several
// regions, for one after the other: one that fails does not stop the others. As JSON they are
// one object, by name.
func oneByOne(s ui.Streams, asJSON bool, app clients.App, run func(s ui.Streams, app clients.App) error) error {
	app.EachRegion = true
	err := run(s, app)
	if all, ok := several(err); ok {
		return eachOf(s, asJSON, app, all, run)
	}
	return err
}

func eachOf(s ui.Streams, asJSON bool, app clients.App, all *config.Several, run func(s ui.Streams, app clients.App) error) error {
	shown := map[string]json.RawMessage{}
	var failed []failure
	for n, m := range all.Members {
		streams, text := s, bytes.Buffer{}
		if asJSON {
			streams.Out = &text
		} else if n > 0 {
			fmt.Fprintln(s.Out)
		}
		err := oneByOne(streams, asJSON, app.One(m), run)
		if err != nil {
			failed = append(failed, failure{m.Name, err})
		}
		switch {
		case !asJSON && err != nil:
			fmt.Fprintf(s.Out, "%s: %s\n", m.Name, firstLine(err))
		case err != nil && !errors.As(err, new(reported)):
			body, _ := json.Marshal(map[string]errorBody{"error": bodyOf(err)}) // texts: never fails
			shown[m.Name] = body
		case asJSON:
			shown[m.Name] = text.Bytes()
		}
	}
	err := failedOf(ui.Count(len(all.Members), all.Noun()), failed)
	if !asJSON {
		return err
	}
	if werr := ui.WriteJSON(s.Out, map[string]any{all.Noun() + "s": shown}); werr != nil {
		return werr
	}
	if err != nil {
		return reported{err}
	}
	return nil
}

// failure is what one of several failed for.
type failure struct {
	name string
	err  error
}

// failedOf is the error of several services or regions, some of which failed, or nil. Its exit
// code is theirs where they have one in common, else 1.
func failedOf(all string, failed []failure) error {
	if len(failed) == 0 {
		return nil
	}
	kind := errs.KindOf(failed[0].err)
	counted := fmt.Sprintf("%d of %s failed", len(failed), all)
	if len(failed) == 1 {
		return errs.New(kind, errs.HintOf(failed[0].err), "%s: %s: %w", counted, failed[0].name, failed[0].err)
	}
	var lines strings.Builder
	for _, f := range failed {
		if errs.ExitCode(f.err) != errs.ExitCode(failed[0].err) {
			kind = errs.Build
		}
		message, hint := told(f.err)
		fmt.Fprintf(&lines, "\n  %s: %s", f.name, message)
		if hint != "" {
			fmt.Fprintf(&lines, "\n    hint: %s", hint)
		}
	}
	return errs.New(kind, "", "%s%s", counted, lines.String())
}

func firstLine(err error) string {
	message, _ := told(err)
	line, _, _ := strings.Cut(message, "\n")
	return line
}
