package cmd

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// LocalEventOptions are the options of the commands below `local event`.
type LocalEventOptions struct {
	Output
	Kind       string // connect, push, tag or pull-request
	Repository string // a folder of the git repository
	Remote     string // "" = that of its origin

	Branch, Tag, Ref string // of a push: one of them, or none for the branch that is checked out
	Before, After    string // commits

	Number            int
	Base, Head, Fork  string
	Comment           string
	Author, Commenter bool // may write to the repository
}

// Validate refuses what no event has.
func (o LocalEventOptions) Validate() error {
	usage := func(format string, args ...any) error {
		return errs.New(errs.Usage, "See `gcpdeploy local event --help`.", format, args...)
	}
	refs := 0
	for _, r := range []string{o.Branch, o.Tag, o.Ref} {
		if r != "" {
			refs++
		}
	}
	switch {
	case refs > 1:
		return usage("--branch and --ref are two names of what was pushed: give one")
	case o.Ref != "" && !strings.HasPrefix(o.Ref, "refs/heads/") && !strings.HasPrefix(o.Ref, "refs/tags/"):
		return usage("--ref %q must begin with refs/heads/ or refs/tags/", o.Ref)
	case o.Kind == "tag" && o.Tag == "":
		return usage("the name of the tag is missing")
	case o.Kind == "pull-request" && o.Number <= 0:
		return usage("--number is missing: a pull request has a number above 0")
	}
	return nil
}

// event is what the emulators are told.
func (o LocalEventOptions) event() (clients.RepositoryEvent, error) {
	dir, err := filepath.Abs(o.Repository)
	e := clients.RepositoryEvent{Folder: dir, Remote: o.Remote}
	ref := o.Ref
	switch {
	case o.Branch != "":
		ref = "refs/heads/" + o.Branch
	case o.Tag != "":
		ref = "refs/tags/" + o.Tag
	}
	switch o.Kind {
	case "push", "tag":
		e.Push = &clients.PushEvent{Ref: ref, Before: o.Before, After: o.After}
	case "pull-request":
		e.Pull = &clients.PullEvent{Number: o.Number, Base: o.Base, Head: o.Head, HeadCommit: o.After, Fork: o.Fork, Comment: o.Comment,
			Outsider: !o.Author, Stranger: !o.Commenter}
	}
	return e, err
}

func localEventCommand(s ui.Streams, d Deps, run Func[LocalEventOptions]) *cli.Command {
	command := func(kind, usage, args string, flags ...cli.Flag) *cli.Command {
		return &cli.Command{
			Name: kind, Usage: usage, ArgsUsage: args,
			Flags: append([]cli.Flag{
				&cli.StringFlag{Name: "repository", Usage: "a folder of the git repository", Value: "."},
				&cli.StringFlag{Name: "remote", Usage: "the URL by which triggers know it, as https://github.com/OWNER/NAME.git (default: that of its origin)"},
			}, append(flags, jsonFlag())...),
			Action: action(s, d, run, func(c *cli.Context) (LocalEventOptions, error) {
				most := 0
				if args != "" {
					most = 1
				}
				rest, err := arguments(c, most)
				return LocalEventOptions{
					Output: outputOptions(c), Kind: kind, Repository: c.String("repository"), Remote: c.String("remote"),
					Branch: c.String("branch"), Tag: strings.Join(rest, ""), Ref: c.String("ref"), Before: c.String("before"), After: c.String("after"),
					Number: c.Int("number"), Base: c.String("base"), Head: c.String("head"), Fork: c.String("fork"), Comment: c.String("comment"),
					Author:    c.Bool("author-is-collaborator") || !c.IsSet("author-is-collaborator") && c.String("fork") == "",
					Commenter: c.Bool("commenter-is-collaborator"),
				}, err
			}),
		}
	}
	text := func(name, usage string) cli.Flag { return &cli.StringFlag{Name: name, Usage: usage} }
	before, after := text("before", "the commit that it was at (default: that of the last push that was told; of a new one all files count as changed)"),
		text("after", "the commit that it is at now (default: where it is; only zeros: it was deleted)")
	return &cli.Command{
		Name: "event", Usage: "tell them what happened in a git repository on this machine: the triggers that wait for it build",
		Subcommands: []*cli.Command{
			command("connect", "nothing happened, but the folder stands for the remote from now on", ""),
			command("push", "a branch was pushed", "", text("branch", "the branch (default: the one that is checked out)"),
				text("ref", "in its place: refs/heads/BRANCH or refs/tags/TAG, as git's hooks name it"), before, after),
			command("tag", "a tag was pushed", "TAG", before, after),
			command("pull-request", "a pull request was opened, pushed to or commented", "",
				&cli.IntFlag{Name: "number", Usage: "its number", DefaultText: "none"},
				text("base", "the branch that it is to be merged into (default: main or master)"), text("head", "the branch that it brings (default: the one that is checked out)"),
				text("after", "the commit of its head (default: where the branch is)"),
				text("fork", "the URL of the repository that it comes from, if that is another one"), text("comment", "what somebody commented, as /gcbrun"),
				&cli.BoolFlag{Name: "author-is-collaborator", Usage: "who made it may write to the repository (default: yes, unless it comes from a fork)"},
				&cli.BoolFlag{Name: "commenter-is-collaborator", Usage: "so may who commented", Value: true}),
		},
	}
}

// LocalEvent tells the emulators of an event, and prints which triggers fired.
func LocalEvent(ctx context.Context, s ui.Streams, d Deps, o LocalEventOptions) error {
	daemon, err := d.Emulators()
	if err != nil {
		return err
	}
	st, err := daemon.Status()
	if err != nil {
		return err
	}
	if !st.Running {
		return errs.New(errs.Usage, "Run `gcpdeploy local start`.", "the emulators do not run")
	}
	event, err := o.event()
	if err != nil {
		return err
	}
	a, err := clients.TellEmulators(ctx, st, event)
	if err != nil {
		return err
	}
	if o.JSON {
		err = ui.WriteJSON(s.Out, a)
	} else {
		err = printFired(s.Out, a)
	}
	failed := 0
	for _, t := range a.Triggers {
		if t.Error != "" {
			failed++
		}
	}
	if err == nil && failed > 0 {
		err = errs.New(errs.Build, "Mend what is said of them, and tell of the event again.", "%s fired and made no build", ui.Count(failed, "trigger"))
	}
	return err
}

func printFired(w io.Writer, a *clients.EventAnswer) error {
	line := a.Remote
	if a.Ref != "" {
		line += " " + a.Ref
	}
	if a.Commit != "" {
		line += " at " + a.Commit[:7] + ", " + ui.Count(len(a.Changed), "changed file")
	}
	fmt.Fprintln(w, line)
	if a.Ref == "" {
		return nil
	}
	if len(a.Triggers) == 0 {
		fmt.Fprintln(w, "there are no triggers")
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, f := range a.Triggers {
		what, more := "not fired", f.Reason
		switch {
		case f.Error != "":
			what, more = "failed", f.Error
		case f.Fired:
			what, more = "fired", "build "+f.Build+" "+f.Status
		}
		fmt.Fprintf(t, "%s\t%s\t%s/%s\t%s\n", what, f.Name, f.Project, f.Location, more)
	}
	return t.Flush()
}
