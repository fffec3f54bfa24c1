package cmd

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
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
	set := func(flags map[string][]string) clients.App { return clients.App{Source: ".", Flags: flags} }
	check(t, upCommand, UpOptions{App: plain})
	check(t, upCommand, UpOptions{App: elsewhere, Output: Output{JSON: true, Verbose: true}}, append(where, "--json", "-v")...)
	check(t, upCommand, UpOptions{App: set(map[string][]string{
		"python": {"3.12"}, "requirements": {"a.txt", "b.txt"}, "no-test": {"true"}, "start": {"false"}, "set-env-vars": {"A=1,B=2"}, "memory": {"1Gi"},
	})}, "--python=3.12", "--requirements", "a.txt", "--requirements", "b.txt", "--no-test", "--start=false", "--set-env-vars", "A=1,B=2", "--memory", "1Gi")
	check(t, planCommand, PlanOptions{App: elsewhere, Output: Output{JSON: true}}, append(where, "--json")...)
	check(t, upCommand, UpOptions{App: plain, NoRelease: true}, "--no-release")
	check(t, planCommand, PlanOptions{App: plain, NoRelease: true}, "--no-release")
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
	check(t, wheelsListCommand, WheelsListOptions{App: set(map[string][]string{"repository": {"r"}})}, "--repository", "r")
	check(t, wheelsShowCommand, WheelsShowOptions{App: plain})
	check(t, wheelsShowCommand, WheelsShowOptions{App: plain, Output: Output{JSON: true}, Prefix: "ab12"}, "ab12", "--json")
	check(t, wheelsRefreshCommand, WheelsRefreshOptions{App: plain, Output: Output{Verbose: true}, DryRun: true, Cooldown: 72 * time.Hour}, "--dry-run", "--cooldown", "72h", "--verbose")
	check(t, wheelsPruneCommand, WheelsPruneOptions{App: plain, Keep: 3})
	check(t, wheelsPruneCommand, WheelsPruneOptions{App: plain, Keep: 1, OlderThan: time.Hour, Yes: true}, "--keep", "1", "--older-than", "1h", "--yes")
	check(t, setupCommand, SetupOptions{App: set(map[string][]string{"source-bucket": {"b"}}), Undo: true, Yes: true}, "--source-bucket", "b", "--undo", "--yes")
	check(t, setupCommand, SetupOptions{App: plain, Output: Output{JSON: true}, DryRun: true, Only: []string{"apis", "roles"}, Deployers: []string{"user:a@b.c"}},
		"--json", "--dry-run", "--only", "apis", "--only", "roles", "--deployer", "user:a@b.c")
	check(t, setupCommand, SetupOptions{App: plain, Print: true}, "--print-commands")
	check(t, setupCommand, SetupOptions{App: plain, Terraform: "d"}, "--terraform", "d")
	check(t, doctorCommand, DoctorOptions{App: set(map[string][]string{"service": {"s"}}), Output: Output{JSON: true}, Fix: true}, "--service", "s", "--fix", "--json")
	check(t, localStartCommand, LocalOptions{Output: Output{JSON: true}}, "--json")
	check(t, localStopCommand, LocalOptions{Purge: true}, "--purge")
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
	refused(parse(t, upCommand, "folder"))
	refused(parse(t, requirementsCommand, "a.txt", "--local"))
}
