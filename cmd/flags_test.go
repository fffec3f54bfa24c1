package cmd

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// parse gives the options that a command line comes to. The command does nothing.
func parse[O any](t *testing.T, command func(ui.Streams, Deps, Func[O]) *cli.Command, args ...string) (got O, err error) {
	t.Helper()
	ran := false
	s := ui.Streams{Out: io.Discard, Err: io.Discard}
	c := command(s, Deps{}, func(_ context.Context, _ ui.Streams, _ Deps, o O) error {
		got, ran = o, true
		return nil
	})
	app := tree(s, c)
	if err = app.Run(append([]string{app.Name, c.Name}, args...)); err == nil && !ran {
		t.Errorf("%s %q does not run", c.Name, args)
	}
	return got, err
}

// check compares the options of a command line.
func check[O any](t *testing.T, command func(ui.Streams, Deps, Func[O]) *cli.Command, want O, args ...string) {
	t.Helper()
	got, err := parse(t, command, args...)
	if err != nil {
		t.Errorf("%q: %v", args, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%q, -want +got:\n%s", args, diff)
	}
}

// TestOptions: what is typed is what a command is told.
func TestOptions(t *testing.T) {
	t.Parallel()
	plain := clients.App{Source: ".", Flags: map[string][]string{}}
	elsewhere := clients.App{Source: "a", Config: "c.yaml", Env: "prod", Local: true, Flags: map[string][]string{}}
	where := []string{"--source", "a", "--config", "c.yaml", "--env", "prod", "--local"}
	ofAll := clients.App{Source: ".", Shared: true, Flags: map[string][]string{}}
	set := func(flags map[string][]string) clients.App { return clients.App{Source: ".", Flags: flags} }
	check(t, upCommand, UpOptions{App: plain})
	check(t, upCommand, UpOptions{App: elsewhere, Output: Output{JSON: true, Verbose: true}}, append(where, "--json", "-v")...)
	check(t, upCommand, UpOptions{App: set(map[string][]string{
		"python": {"3.12"}, "requirements": {"a.txt", "b.txt"}, "no-test": {"true"}, "start": {"false"}, "set-env-vars": {"A=1,B=2"}, "memory": {"1Gi"},
	})}, "--python=3.12", "--requirements", "a.txt", "--requirements", "b.txt", "--no-test", "--start=false", "--set-env-vars", "A=1,B=2", "--memory", "1Gi")
	check(t, planCommand, PlanOptions{App: elsewhere, Output: Output{JSON: true}}, append(where, "--json")...)
	check(t, upCommand, UpOptions{App: plain, NoRelease: true}, "--no-release")
	check(t, planCommand, PlanOptions{App: plain, NoRelease: true}, "--no-release")
	only := func(names ...string) clients.App {
		return clients.App{Source: ".", Only: names, Flags: map[string][]string{}}
	}
	check(t, upCommand, UpOptions{App: only("api", "web"), NoTraffic: true, ChangedSince: "main"}, "api", "--no-traffic", "web", "--changed-since", "main")
	check(t, planCommand, PlanOptions{App: only("api", "web")}, "api", "web")
	check(t, rollbackCommand, RollbackOptions{App: only("api"), To: "r"}, "api", "--to", "r")
	check(t, trafficCommand, TrafficOptions{App: only("api"), To: []release.Share{{Revision: "a", Percent: 100}}}, "api", "--to-revisions", "a=100")
	check(t, renderCloudBuildCommand, RenderCloudBuildOptions{App: plain, Trigger: true, NoRelease: true, Args: []string{"--json", "-v"}}, "--trigger", "--no-release", "--", "--json", "-v")
	check(t, wheelsPrebuildCommand, WheelsPrebuildOptions{App: plain, Output: Output{Verbose: true}, Markdown: true}, "--markdown", "-v")
	check(t, renderCommand, RenderOptions{App: set(map[string][]string{"templates": {"d"}}), Out: "o"}, "--templates", "d", "--out", "o")
	check(t, keyCommand, KeyOptions{App: set(map[string][]string{"base-image": {"b"}}), Explain: true}, "--base-image", "b", "--explain")
	check(t, renderCloudBuildCommand, RenderCloudBuildOptions{App: plain, Output: Output{JSON: true}, Archive: "s.tgz", Args: []string{}}, "--archive", "s.tgz", "--json")
	check(t, keyDiffCommand, KeyDiffOptions{App: plain, A: "ab12", B: "."}, "ab12", ".")
	check(t, keyDiffCommand, KeyDiffOptions{App: plain, Output: Output{JSON: true}, A: ".", B: "cd34"}, ".", "cd34", "--json")
	check(t, requirementsCommand, RequirementsOptions{Output: Output{JSON: true}, Files: []string{"a.txt", "b.txt"}}, "a.txt", "--json", "b.txt")
	check(t, requirementsCommand, RequirementsOptions{Files: []string{"a.txt", "-r.txt"}}, "a.txt", "--", "-r.txt")
	check(t, filesCommand, FilesOptions{App: set(map[string][]string{"ignore-file": {"i"}}), Why: "p"}, "--ignore-file", "i", "--why", "p")
	check(t, statusCommand, StatusOptions{App: set(map[string][]string{"service": {"s"}, "region": {"r"}})}, "--service", "s", "--region", "r")
	check(t, logsCommand, LogsOptions{App: plain, Limit: 200})
	check(t, logsCommand, LogsOptions{App: elsewhere, Build: true, Limit: 5}, append(where, "--build", "--limit", "5")...)
	check(t, downCommand, DownOptions{App: set(map[string][]string{"project": {"p"}}), Output: Output{JSON: true}}, "--project", "p", "--json")
	onPush := clients.TriggerOptions{Event: clients.OnBranch, Included: []string{}, Ignored: []string{}}
	with := func(change func(*clients.TriggerOptions)) clients.TriggerOptions { o := onPush; change(&o); return o }
	checkTrigger := func(want TriggerCreateOptions, args ...string) {
		t.Helper()
		got, err := parse(t, triggerCreateCommand, args...)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(TriggerCreateOptions{}), cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("%q, %v, -want +got:\n%s", args, err, diff)
		}
	}
	yes, no := true, false
	checkTrigger(TriggerCreateOptions{App: plain, Trigger: onPush})
	checkTrigger(TriggerCreateOptions{App: elsewhere, Output: Output{JSON: true}, DryRun: true, Trigger: with(func(o *clients.TriggerOptions) {
		o.Name, o.Pattern, o.Remote, o.Connection, o.Approval = "n", "^x$", "up", "c", &yes
		o.Included, o.Ignored = []string{"a/**"}, []string{"*.md"}
	})}, append(where, "--json", "--dry-run", "--name", "n", "--branch-pattern", "^x$", "--remote", "up", "--connection", "c", "--approval", "--included-files", "a/**", "--ignored-files", "*.md")...)
	checkTrigger(TriggerCreateOptions{App: plain, Trigger: with(func(o *clients.TriggerOptions) {
		o.Event, o.CommentControl, o.Approval = clients.OnPullRequest, clients.StrangersAsk, &no
	})}, "--pull-request", "--no-require-approval")
	checkTrigger(TriggerCreateOptions{App: plain, Trigger: with(func(o *clients.TriggerOptions) {
		o.Event, o.CommentControl, o.Pattern = clients.OnPullRequest, clients.AllAsk, "^r"
	})}, "--pull-request-pattern", "^r", "--comment-control=all")
	checkTrigger(TriggerCreateOptions{App: plain, Trigger: with(func(o *clients.TriggerOptions) {
		o.Event, o.Pattern, o.File, o.Substitutions = clients.OnTag, "^v", "ci.yaml", map[string]string{"_A": "1", "_B": "2=3"}
	})}, "--tag-pattern", "^v", "--file", "ci.yaml", "--substitutions", "_A=1,_B=2=3")
	checkTrigger(TriggerCreateOptions{App: plain, Trigger: with(func(o *clients.TriggerOptions) { o.Event, o.Pattern = clients.Manual, "b" })}, "--manual", "--branch", "b")
	check(t, triggerListCommand, TriggerListOptions{App: clients.App{Source: ".", Shared: true, Flags: map[string][]string{"build-region": {"r"}}}, Output: Output{JSON: true}}, "--build-region", "r", "--json")
	check(t, triggerShowCommand, TriggerShowOptions{App: plain, Name: "n"}, "n")
	check(t, triggerRunCommand, TriggerRunOptions{App: plain, Name: "n", Wait: true, At: clients.TriggerAt{Commit: "c0"}}, "n", "--sha", "c0", "--wait")
	check(t, triggerDeleteCommand, TriggerDeleteOptions{App: plain, Name: "n", Yes: true}, "--yes", "n")
	check(t, wheelsListCommand, WheelsListOptions{App: clients.App{Source: ".", Shared: true, Flags: map[string][]string{"repository": {"r"}}}}, "--repository", "r")
	check(t, wheelsShowCommand, WheelsShowOptions{App: plain})
	check(t, wheelsShowCommand, WheelsShowOptions{App: plain, Output: Output{JSON: true}, Prefix: "ab12"}, "ab12", "--json")
	check(t, wheelsRefreshCommand, WheelsRefreshOptions{App: plain, Output: Output{Verbose: true}, DryRun: true, Cooldown: 72 * time.Hour}, "--dry-run", "--cooldown", "72h", "--verbose")
	check(t, wheelsPruneCommand, WheelsPruneOptions{App: ofAll, Keep: 3})
	check(t, wheelsPruneCommand, WheelsPruneOptions{App: ofAll, Keep: 1, OlderThan: time.Hour, Yes: true}, "--keep", "1", "--older-than", "1h", "--yes")
	check(t, setupCommand, SetupOptions{App: set(map[string][]string{"source-bucket": {"b"}}), Undo: true, Yes: true}, "--source-bucket", "b", "--undo", "--yes")
	check(t, setupCommand, SetupOptions{App: plain, Output: Output{JSON: true}, DryRun: true, Only: []string{"apis", "roles"}, Deployers: []string{"user:a@b.c"}},
		"--json", "--dry-run", "--only", "apis", "--only", "roles", "--deployer", "user:a@b.c")
	check(t, setupCommand, SetupOptions{App: plain, Print: true, PullRequests: true}, "--print-commands", "--pull-requests")
	check(t, setupCommand, SetupOptions{App: plain, Terraform: "d"}, "--terraform", "d")
	check(t, doctorCommand, DoctorOptions{App: set(map[string][]string{"service": {"s"}}), Output: Output{JSON: true}, Fix: true}, "--service", "s", "--fix", "--json")
	check(t, localStartCommand, LocalOptions{Output: Output{JSON: true}}, "--json")
	check(t, localStopCommand, LocalOptions{Purge: true}, "--purge")
	told := LocalEventOptions{Repository: ".", Author: true}
	push, tag, fork, member := told, told, told, told
	push.Kind, push.Ref, push.Before, push.After, push.Repository = "push", "refs/heads/x", "a", "b", "d"
	check(t, localEventCommand, push, "push", "--ref", "refs/heads/x", "--before", "a", "--after", "b", "--repository", "d")
	tag.Kind, tag.Tag, tag.JSON, tag.Remote = "tag", "v1", true, "u"
	check(t, localEventCommand, tag, "tag", "--json", "--remote", "u", "v1")
	fork.Kind, fork.Number, fork.Head, fork.Fork, fork.Comment, fork.Author = "pull-request", 7, "h", "f", "/gcbrun", false
	check(t, localEventCommand, fork, "pull-request", "--number", "7", "--head", "h", "--fork", "f", "--comment", "/gcbrun", "--commenter-is-collaborator=false")
	member.Kind, member.Number, member.Fork, member.Commenter = "pull-request", 7, "f", true
	check(t, localEventCommand, member, "pull-request", "--number", "7", "--fork", "f", "--author-is-collaborator")
	check(t, versionCommand, Output{JSON: true}, "--json")
	check(t, probeCommand, builder.ProbeOptions{Port: 80, Timeout: time.Second, Answer: plan.Answer{Protocol: "grpc", Path: "/h", Status: 201}},
		"--port", "80", "--timeout", "1s", "--protocol", "grpc", "--path", "/h", "--status", "201")
}

// TestStepOptions: each step of a build is told what its flags say.
func TestStepOptions(t *testing.T) {
	t.Parallel()
	values := map[string]string{"image": "i", "runtime": "r", "testenv": "t", "to": "o", "wheels": "w", "current": "c", "host": "h"}
	for _, st := range steps {
		var args []string
		for _, name := range st.flags {
			args = append(args, "--"+name, values[name])
		}
		got, err := parse(t, func(s ui.Streams, d Deps, run Func[StepOptions]) *cli.Command {
			return stepSubcommand(s, d, st.id, st.flags, run)
		}, args...)
		if err != nil || got.ID != st.id {
			t.Errorf("%s: %+v, %v", st.id, got, err)
		}
		read := map[string]string{"image": got.Image, "runtime": got.Runtime, "testenv": got.TestEnv, "to": got.To, "wheels": got.Wheels, "current": got.Current,
			"host": strings.Join(got.Hosts, " ")}
		for _, name := range st.flags {
			if read[name] != values[name] {
				t.Errorf("%s: --%s is %q, want %q", st.id, name, read[name], values[name])
			}
		}
	}
}

// TestRefused: a command takes the flags that it uses, and no others.
func TestRefused(t *testing.T) {
	t.Parallel()
	refused := func(_ any, err error) {
		t.Helper()
		if errs.KindOf(err) != errs.Usage || errs.HintOf(err) == "" {
			t.Errorf("%v, hint %q", err, errs.HintOf(err))
		}
	}
	refused(parse(t, statusCommand, "--machine-type", "E2_HIGHCPU_8"))
	refused(parse(t, logsCommand, "--python", "3.12"))
	refused(parse(t, logsCommand, "--limit", "0"))
	refused(parse(t, downCommand, "--verbose"))
	refused(parse(t, triggerCreateCommand, "--tag-pattern", "^v", "--branch-pattern", "^main$"))
	refused(parse(t, triggerCreateCommand, "--comment-control", "all"))
	refused(parse(t, triggerCreateCommand, "--pull-request", "--comment-control", "friends"))
	refused(parse(t, triggerCreateCommand, "--substitutions", "A=1"))
	refused(parse(t, triggerRunCommand, "--branch", "b", "--tag", "t"))
	refused(parse(t, triggerShowCommand, "a", "b"))
	refused(parse(t, downCommand, "--repository", "r"))
	refused(parse(t, filesCommand, "--project", "p"))
	refused(parse(t, renderCommand, "--memory", "1Gi"))
	refused(parse(t, keyCommand, "--build-timeout", "1h"))
	refused(parse(t, wheelsListCommand, "--service", "s"))
	refused(parse(t, wheelsShowCommand, "--no-test"))
	refused(parse(t, wheelsPruneCommand, "--keep=-1"))
	refused(parse(t, wheelsRefreshCommand, "--cooldown=-1h"))
	refused(parse(t, keyDiffCommand, "ab12"))
	refused(parse(t, keyDiffCommand, "ab12", "cd34", "ef56"))
	refused(parse(t, filesCommand, "folder"))
	refused(parse(t, rollbackCommand, "api", "web"))
	refused(parse(t, localEventCommand, "push", "main"))
	refused(parse(t, localEventCommand, "push", "--branch", "a", "--ref", "refs/heads/a"))
	refused(parse(t, localEventCommand, "push", "--ref", "main"))
	refused(parse(t, localEventCommand, "tag"))
	refused(parse(t, localEventCommand, "tag", "v1", "v2"))
	refused(parse(t, localEventCommand, "pull-request"))
	refused(parse(t, localEventCommand, "pull-request", "--number=-1"))
	refused(parse(t, localEventCommand, "pul-request"))
	refused(parse(t, requirementsCommand, "a.txt", "--local"))
}
