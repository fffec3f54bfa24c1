package cmd

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// StatusOptions are the options of `status`.
type StatusOptions struct {
	App clients.App
	Output
	Wait  bool // for the build that runs
	Watch bool // show it again when it changes
}

// Validate refuses what makes no sense.
func (o StatusOptions) Validate() error {
	if o.Wait && o.Watch {
		return errs.New(errs.Usage, "Leave one of them out.", "--wait and --watch exclude each other: the one ends with the build, the other with Ctrl-C")
	}
	return nil
}

func statusCommand(s ui.Streams, d Deps, run Func[StatusOptions]) *cli.Command {
	return &cli.Command{
		Name:  "status",
		Usage: "show the service: what serves, and the build that made it",
		Flags: append(shared(theService), jsonFlag(), verboseFlag(),
			&cli.BoolFlag{Name: "wait", Usage: "follow the newest build to its end first, if it runs; fail if it does"},
			&cli.BoolFlag{Name: "watch", Usage: "show it again whenever it changes, until Ctrl-C"}),
		Action: action(s, d, run, func(c *cli.Context) (StatusOptions, error) {
			return StatusOptions{App: appOptions(c), Output: outputOptions(c), Wait: c.Bool("wait"), Watch: c.Bool("watch")}, nil
		}),
	}
}

// statusReport is `status --json`.
type statusReport struct {
	Service  string          `json:"service"`
	Project  string          `json:"project"`
	Region   string          `json:"region"`
	URL      string          `json:"url"`
	Revision string          `json:"revision"`
	Image    string          `json:"image"`
	Ready    bool            `json:"ready"`
	Message  string          `json:"message,omitempty"`
	Traffic  []release.Share `json:"traffic"`
	Pinned   bool            `json:"pinned"`            // to revisions: a new one would get none
	Idle     []string        `json:"idle,omitempty"`    // revisions that run without traffic, and cost
	Stopped  []string        `json:"stopped,omitempty"` // revisions that are started before they get traffic
	Private  bool            `json:"private"`           // callers must say who they are, and be let
	Keys     *madeOf         `json:"keys,omitempty"`    // of what the image was made from
	Origin   *ci.Origin      `json:"origin,omitempty"`  // of the run that released last
	Run      string          `json:"run,omitempty"`     // its ID
	Modified *time.Time      `json:"modified,omitempty"`
	By       string          `json:"by,omitempty"` // who changed it last
	Build    *buildReport    `json:"build,omitempty"`
	Runs     []runReport     `json:"runs,omitempty"` // that are no builds of Cloud Build, and have not ended
}

// madeOf are the keys of what an app's image was made from.
type madeOf struct {
	Wheels  string `json:"wheels"`
	Runtime string `json:"runtime"`
}

type runReport struct {
	ID    string    `json:"id"`
	In    string    `json:"in,omitempty"` // what it runs in
	URL   string    `json:"url,omitempty"`
	Build string    `json:"build,omitempty"` // of Cloud Build, that it is a step of
	Began time.Time `json:"began"`
}

type buildReport struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	LogURL string `json:"log_url"`
}

// Status shows the service as it is now, and its newest build.
func Status(ctx context.Context, s ui.Streams, d Deps, o StatusOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	if o.Wait {
		if err := wait(ctx, s, d, set, o); err != nil {
			return err
		}
	}
	if o.Watch {
		return watch(ctx, s, d, set, o)
	}
	r, err := look(ctx, set)
	if err != nil {
		return err
	}
	return r.show(s.Out, set.Kind(), d.Now(), o)
}

// look is a service as it is now.
func look(ctx context.Context, set *clients.Set) (r statusReport, err error) {
	c := set.Config
	state, err := stateOf(ctx, set)
	if errs.KindOf(err) == errs.NotFound {
		if runs, rerr := set.Runs(ctx); rerr == nil && len(runs) > 0 && runs[0].Deploys() {
			return r, errs.New(errs.NotFound, runs[0].See(), "%w yet; run %s, in %s, deploys it", err, runs[0].ID, runs[0].Place())
		}
	}
	if err != nil {
		return r, err
	}
	r = statusReport{
		Service: set.Service().Service, Project: c.Project, Region: c.Region, URL: state.URL, Revision: state.Revision,
		Image: state.Image, Ready: state.Ready, Message: state.Message, Traffic: state.Traffic, Pinned: state.Pinned,
		Idle: state.Idle, Stopped: state.Stopped, Private: state.Private, Origin: state.Origin, Run: state.Run, By: state.By,
	}
	if !state.Modified.IsZero() {
		r.Modified = &state.Modified
	}
	var g errgroup.Group
	g.Go(func() error {
		last, ok, err := set.NewestDeploy(ctx)
		if ok {
			r.Build = &buildReport{last.Build, string(last.Status), last.LogURL}
		}
		return err
	})
	g.Go(func() error {
		runs, err := set.Runs(ctx)
		for _, run := range runs {
			r.Runs = append(r.Runs, runReport{run.ID, run.In, run.URL, run.Outer, run.Earliest()})
		}
		return unlessDenied(err)
	})
	g.Go(func() error {
		made, ok, err := set.Made(ctx, state.Image)
		if ok {
			r.Keys = &madeOf{made.Wheels.Hash, made.Runtime.Hash}
		}
		return unlessDenied(err)
	})
	return r, g.Wait()
}

// unlessDenied leaves an error out that is of a right: who may see the service need not
// see its images.
func unlessDenied(err error) error {
	if errs.KindOf(err) == errs.Auth {
		return nil
	}
	return err
}

// show prints what was seen.
func (r statusReport) show(w io.Writer, kind release.Kind, now time.Time, o StatusOptions) error {
	if o.JSON {
		return ui.WriteJSON(w, r)
	}
	r.print(w, now)
	if r.Private {
		fmt.Fprintln(w, "  access    "+private(kind, o.App))
	}
	return nil
}

// stateOf is the state of a service that must be there.
func stateOf(ctx context.Context, set *clients.Set) (release.State, error) {
	state, ok, err := set.Target().State(ctx, set.Service())
	if err == nil && !ok {
		err = noService(set)
	}
	return state, err
}

// noService is the error of what needs a service.
func noService(set *clients.Set) error {
	c := set.Config
	return errs.New(errs.NotFound, "Run `gcpdeploy up`.", "there is no service %s in %s, %s", set.Service().Service, c.Project, c.Region)
}

// private says what there is to say of a private service: how to call it, and what
// makes it public.
func private(kind release.Kind, app clients.App) string {
	command := func(words ...string) string { return "`" + strings.Join(append(words, app.Same()...), " ") + "`" }
	return "private: call it with " + command("gcpdeploy", "curl") + ", see it with " + command("gcpdeploy", "open") + "; `" + kind.Public + "` makes it public"
}

// wait follows the service's newest build to its end, where it has not ended, or else
// what deploys it as a step of another build, or elsewhere.
func wait(ctx context.Context, s ui.Streams, d Deps, set *clients.Set, o StatusOptions) error {
	last, ok, err := set.NewestBuild(ctx)
	switch {
	case err != nil:
		return err
	case !ok || last.Ended():
		return waitElsewhere(ctx, s, d, set, o)
	}
	report := ui.Reporter(ui.NewHuman(s, o.Verbose, d.Now)) // on Err: Out has one result
	defer report.Close()
	_, err = set.Follower(report).Join(ctx, set.Config.Service, last)
	return err
}

// waitElsewhere waits for the oldest run that deploys the service and is no build of its own.
func waitElsewhere(ctx context.Context, s ui.Streams, d Deps, set *clients.Set, o StatusOptions) error {
	runs, err := set.Runs(ctx)
	if err != nil && errs.KindOf(err) != errs.Auth {
		return err
	}
	i := slices.IndexFunc(runs, clients.Run.Deploys)
	if i < 0 {
		return nil
	}
	r := runs[i]
	fmt.Fprintf(s.Err, "waiting for run %s, in %s\n", r.ID, r.Place())
	if r.Outer == "" {
		return set.AwaitRun(ctx, r)
	}
	build, err := set.Build(ctx, r.Outer)
	if err == nil {
		build, err = follow(ctx, s, d, set, build, o.JSON)
	}
	if err == nil && build.Status != plan.Success {
		err = errs.New(errs.Build, build.Hint, "build %s ended with %s: %s", build.Build, build.Status, build.Detail)
	}
	return err
}

func (r statusReport) print(w io.Writer, now time.Time) {
	fmt.Fprintf(w, "%s  %s, %s\n  url       %s\n  revision  %s\n  image     %s\n", r.Service, r.Project, r.Region, r.URL, r.Revision, r.Image)
	for _, t := range r.Traffic {
		fmt.Fprintf(w, "  traffic   %d %% %s\n", t.Percent, strings.Join(nonEmpty(t.Revision, t.Tag, t.URL), " "))
	}
	for _, name := range r.Idle {
		fmt.Fprintf(w, "  idle      %s runs without traffic\n", name)
	}
	for _, name := range r.Stopped {
		fmt.Fprintf(w, "  stopped   %s\n", name)
	}
	if r.Pinned {
		fmt.Fprintln(w, "  pinned    the newest revision gets no traffic; `gcpdeploy up` gives all of it to what it releases")
	}
	if !r.Ready {
		fmt.Fprintf(w, "  not ready %s\n", r.Message)
	}
	if r.Keys != nil {
		fmt.Fprintf(w, "  keys      wheels %s, runtime %s\n", key.Short(r.Keys.Wheels), key.Short(r.Keys.Runtime))
	}
	if r.Origin != nil {
		fmt.Fprintf(w, "  from      %s\n", r.Origin)
	}
	if r.Modified != nil {
		by := ""
		if r.By != "" {
			by = " by " + r.By
		}
		fmt.Fprintf(w, "  changed   %s ago%s\n", ui.Age(now.Sub(*r.Modified)), by)
	}
	if r.Build != nil {
		fmt.Fprintf(w, "  build     %s %s\n", r.Build.ID, r.Build.Status)
	}
	for _, run := range r.Runs {
		fmt.Fprintf(w, "  running   %s\n", strings.Join(nonEmpty(run.ID, run.In, run.URL), "  "))
	}
}

// nonEmpty are the texts that say something.
func nonEmpty(all ...string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}
