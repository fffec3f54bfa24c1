package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// TriggerCreateOptions are the options of `trigger create`.
type TriggerCreateOptions struct {
	App clients.App
	Output
	Trigger clients.TriggerOptions
	DryRun  bool
	events  []string // the flags that say which event
}

// commentControls are the words for who may have a pull request built.
var commentControls = map[string]string{"strangers": clients.StrangersAsk, "all": clients.AllAsk, "none": clients.NobodyAsks}

// Validate refuses what makes no sense.
func (o TriggerCreateOptions) Validate() error {
	t := o.Trigger
	switch {
	case len(o.events) > 1:
		return errs.New(errs.Usage, "Make a trigger for each.", "%s exclude each other", strings.Join(o.events, " and "))
	case t.CommentControl != "" && t.Event != clients.OnPullRequest:
		return errs.New(errs.Usage, "Add --pull-request.", "--comment-control is for pull requests")
	case t.Preview && t.CommentControl == clients.NobodyAsks:
		return errs.New(errs.Usage, "Leave it out, or test strangers' pull requests by another trigger, with --pull-request.", "--preview and --comment-control none exclude each other: anybody could start builds as the account that releases")
	case t.Preview && t.File != "":
		return errs.New(errs.Usage, "Leave it out: the build is the trigger's own.", "--preview and --build-config exclude each other: a pull request could change what runs as the account that releases")
	case t.CommentControl == "?":
		return errs.New(errs.Usage, "Write strangers, all or none.", "--comment-control says who has to ask for a build by a comment, and that is not one of them")
	}
	return nil
}

func triggerCreateCommand(s ui.Streams, d Deps, run Func[TriggerCreateOptions]) *cli.Command {
	return &cli.Command{
		Name:  "create",
		Usage: "make a trigger that runs `up` with these settings, or change the one that is there",
		Flags: append(shared(everything), jsonFlag(),
			&cli.StringFlag{Name: "name", Usage: "`NAME` of the trigger (default: SERVICE-EVENT)"},
			&cli.StringFlag{Name: "branch-pattern", Usage: "deploy on a push to branches that match this `REGEX` (default: the default branch)"},
			&cli.StringFlag{Name: "tag-pattern", Usage: "deploy on a push of tags that match this `REGEX`"},
			&cli.BoolFlag{Name: "pull-request", Usage: "build and test pull requests, and release nothing"},
			&cli.StringFlag{Name: "pull-request-pattern", Usage: "so for those into branches that match this `REGEX` (default: the default branch)"},
			&cli.BoolFlag{Name: "preview", Usage: "build and test pull requests, and show those of the repository itself: up --preview auto"},
			&cli.BoolFlag{Name: "manual", Usage: "only when somebody runs it"},
			&cli.StringFlag{Name: "branch", Usage: "`BRANCH` that a manual one deploys (default: the default branch)"},
			&cli.StringFlag{Name: "comment-control", Usage: "`WHO` has to ask for the build of a pull request by the comment /gcbrun of somebody who may write: strangers, all or none (default: strangers)"},
			&cli.StringFlag{Name: "remote", Usage: "`NAME` of git's remote, or the URL, of the repository (default: origin)"},
			&cli.StringFlag{Name: "connection", Usage: "`NAME` of the connection that the repository is in, where it is in several"},
			&cli.StringSliceFlag{Name: "included-files", Usage: "`GLOB`s of files that have to be among the changed ones (default: all that the app is made of)"},
			&cli.StringSliceFlag{Name: "ignored-files", Usage: "`GLOB`s of files whose change does not count"},
			&cli.BoolFlag{Name: "require-approval", Aliases: []string{"approval"}, Usage: "have somebody agree to each build"},
			&cli.BoolFlag{Name: "no-require-approval", Usage: "the opposite of --require-approval"},
			&cli.StringSliceFlag{Name: "substitutions", Usage: "`_KEY=VALUE`s for a build file"},
			&cli.StringFlag{Name: "build-config", Aliases: []string{"file"}, Usage: "`FILE` of the build in the repository, instead of a build of the trigger's own"},
			&cli.BoolFlag{Name: "dry-run", Usage: "print what would be sent"},
		),
		Action: action(s, d, run, triggerCreateOptions),
	}
}

func triggerCreateOptions(c *cli.Context) (TriggerCreateOptions, error) {
	o := TriggerCreateOptions{App: appOptions(c), Output: outputOptions(c), DryRun: c.Bool("dry-run"), Trigger: clients.TriggerOptions{
		Name: c.String("name"), Event: clients.OnBranch, Pattern: c.String("branch-pattern"), Remote: c.String("remote"), Connection: c.String("connection"),
		Included: c.StringSlice("included-files"), Ignored: c.StringSlice("ignored-files"), File: c.String("build-config"),
	}}
	t := &o.Trigger
	for _, e := range []struct {
		flag, pattern string
		is            bool
		on            func()
	}{
		{"--branch-pattern", "branch-pattern", c.IsSet("branch-pattern"), func() { t.Event = clients.OnBranch }},
		{"--tag-pattern", "tag-pattern", c.IsSet("tag-pattern"), func() { t.Event = clients.OnTag }},
		{"--pull-request", "pull-request-pattern", c.Bool("pull-request") || c.IsSet("pull-request-pattern") && !c.Bool("preview"), func() { t.Event = clients.OnPullRequest }},
		{"--preview", "pull-request-pattern", c.Bool("preview"), func() { t.Event, t.Preview = clients.OnPullRequest, true }},
		{"--manual", "branch", c.Bool("manual") || c.IsSet("branch"), func() { t.Event = clients.Manual }},
	} {
		if e.is {
			e.on()
			t.Pattern, o.events = c.String(e.pattern), append(o.events, e.flag)
		}
	}
	if t.Event == clients.OnPullRequest {
		t.CommentControl = clients.StrangersAsk
	}
	if word := c.String("comment-control"); word != "" {
		if t.CommentControl = commentControls[word]; t.CommentControl == "" {
			t.CommentControl = "?"
		}
	}
	switch yes := c.Bool("require-approval"); {
	case c.IsSet("require-approval"):
		t.Approval = &yes
	case c.Bool("no-require-approval"):
		t.Approval = new(bool)
	}
	for _, kv := range c.StringSlice("substitutions") {
		for one := range strings.SplitSeq(kv, ",") {
			key, value, ok := strings.Cut(one, "=")
			if !ok || !strings.HasPrefix(key, "_") {
				return o, errs.New(errs.Usage, "Write --substitutions _KEY=VALUE.", "a substitution of a trigger's begins with _, and has a value after =")
			}
			if t.Substitutions == nil {
				t.Substitutions = map[string]string{}
			}
			t.Substitutions[key] = value
		}
	}
	return o, nil
}

// triggerKept is `trigger create --json`.
type triggerKept struct {
	Status  string          `json:"status"`
	Trigger triggerReport   `json:"trigger"`
	Mask    []string        `json:"update_mask,omitempty"` // the fields that were changed, or would be
	Request json.RawMessage `json:"request,omitempty"`     // of a dry run
}

// TriggerCreate makes a trigger for the app. It asks nothing that can be found out.
func TriggerCreate(ctx context.Context, s ui.Streams, d Deps, o TriggerCreateOptions) error {
	report := warner(s, d)
	defer report.Close()
	app, set, err := clients.OpenApp(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	flags, here, err := o.App.InCheckout(app.Config)
	if err != nil {
		return err
	}
	if o.Trigger.Preview && !set.Kind().Previews {
		return errs.New(errs.Usage, "Give --pull-request, which tests them.", "--preview: %s knows no previews", set.Kind().Title)
	}
	builder := ""
	if o.Trigger.File == "" {
		var words []string
		if o.Trigger.Preview {
			words = []string{"up", "--preview", automatic}
		}
		if o.Trigger.Args, err = stepArgs(s, d, words, flags, o.Trigger.Event == clients.OnPullRequest && !o.Trigger.Preview); err != nil {
			return err
		}
		e := set.Engine(app, report)
		if o.DryRun {
			e.PushBuilder = nil
		}
		if builder, err = e.Builder(ctx, app.App); err != nil {
			return err
		}
	}
	t, err := set.Trigger(ctx, app, o.App, o.Trigger, builder)
	if err != nil {
		return err
	}
	kept, err := set.KeepTrigger(ctx, t, o.DryRun)
	if err != nil {
		return err
	}
	warnHere(report, here)
	if o.Trigger.Preview && app.Config.Preview.TTL == 0 {
		report.Warn("Cloud Build does not tell when a pull request is closed: without preview.ttl previews stay until `gcpdeploy preview delete` takes them away")
	}
	report.Close()
	out := triggerKept{Status: kept.Status, Trigger: reportTrigger(clients.TriggerState{Trigger: kept.Trigger}), Mask: kept.Change.Mask}
	if o.DryRun && kept.Status != "nothing_to_do" {
		var body any = kept.Trigger
		if kept.Status == "would_update" {
			body = kept.Change.Body
		}
		if out.Request, err = json.MarshalIndent(body, "", "  "); err != nil {
			return err
		}
	}
	if o.JSON {
		return ui.WriteJSON(s.Out, out)
	}
	printKept(s, set, out)
	return nil
}

// printKept says what became of a trigger, and prints its name, or the request of a dry run.
func printKept(s ui.Streams, set *clients.Set, k triggerKept) {
	t := k.Trigger
	what := map[string]string{"push": "a push to " + t.Pattern, "tag": "a tag " + t.Pattern, "pull-request": "a pull request into " + t.Pattern, "manual": "somebody who runs it"}[t.Event]
	does := "deploys " + t.Service
	switch {
	case t.Preview:
		does = "shows " + t.Service + " as a preview"
	case t.Event == "pull-request":
		does = "tests " + t.Service
	}
	if t.Repository != "" {
		what += " of " + t.Repository
	}
	if len(t.Files) > 0 {
		what += ", where it touches " + strings.Join(t.Files, ", ") + ","
	}
	as := ""
	if t.Account != "" {
		as = ", as " + t.Account
	}
	switch k.Status {
	case "nothing_to_do":
		fmt.Fprintf(s.Err, "nothing to do: %s %s%s\n", what, does, as)
	case "would_update":
		fmt.Fprintf(s.Err, "would change %s of the trigger %s\n", strings.Join(k.Mask, ", "), t.Name)
	case "would_create":
		fmt.Fprintf(s.Err, "would create the trigger %s in %s: %s %s%s\n", t.Name, set.Triggers().Region, what, does, as)
	case "updated":
		fmt.Fprintf(s.Err, "changed %s: %s %s%s\n", strings.Join(k.Mask, ", "), what, does, as)
	default:
		fmt.Fprintf(s.Err, "%s %s%s\n", what, does, as)
	}
	if k.Request != nil {
		fmt.Fprintln(s.Out, string(k.Request))
		return
	}
	fmt.Fprintln(s.Out, t.Name)
}
