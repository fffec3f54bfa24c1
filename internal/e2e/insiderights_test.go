package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emubuild "github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	cloud "github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
	"github.com/gcpdeploy/gcpdeploy/gcp/secretmanager"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
)

// pulls is the account of pull requests' builds.
const pulls = "gcpdeploy-pull-requests" + domain

// TestLeastRightsInBuilds: a project that its owner set up deploys without a laptop: a
// push to main by a trigger, a refresh by a schedule, a pull request by a trigger of its
// own. Each role of the accounts that these run as is taken away once: then what fails
// says which it was, on what, and whose; where nothing fails, something says it, too, and the
// table of rights knows that nothing does.
func TestLeastRightsInBuilds(t *testing.T) {
	t.Parallel()
	w := &inside{walk: &walk{world: emptyWorld(t)}}
	w.start(t, func(o *emulator.Options) {
		o.Projects, o.Rights = frame.Projects{Known: []string{project}, New: true}, true
	})
	w.connect(t)
	w.Client = cloud.New(w.access, project)
	if err := w.Enable(t.Context(), []string{gcp.IAM.Service(), gcp.SecretManager.Service(), gcp.PubSub.Service(), gcp.CloudBuild.Service()}); err != nil {
		t.Fatal(err)
	}
	w.heard = w.told(t)
	for name, value := range map[string]string{"api-key": "k", "pip-netrc": "machine h login u password p"} {
		if _, err := secretmanager.New(w.access, project, region).Keep(t.Context(), name, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	w.settings(t, settingsInside)
	owner := func(words ...string) { t.Helper(); w.command(t.Context(), w.of(words...)).text(t, 0) }
	owner("setup", "--yes", "--pull-requests")
	w.inGit(t)
	owner("trigger", "create")
	owner("trigger", "create", "--pull-request")

	all := slices.DeleteFunc(w.granted(t, granted{on: w.Topic("news"), name: "topic news"}, granted{on: w.Secret("chat"), name: "secret chat"}, granted{on: w.ServiceAccount(pulls), name: pulls}),
		func(g granted) bool { return g.who() == runs })
	for _, run := range []inBuilds{w.push(), w.refresh(), w.pull()} {
		if run.name == "refresh" {
			owner("schedule", "create", "--schedule", "0 3 * * *", "--yes")
		}
		if ok, got := run.does(t); !ok || strings.Contains(got, "roles/") {
			t.Fatalf("with all that setup gave, %s ends so:\n%s", run.name, got)
		}
	}
	var table strings.Builder
	rows := tabwriter.NewWriter(&table, 0, 8, 2, ' ', 0)
	for _, g := range all {
		change := func(how func(*cloud.Policy, cloud.Grant) bool) {
			if err := w.Change(t.Context(), g.on, func(p *cloud.Policy) bool { return how(p, g.Grant) }); err != nil {
				t.Fatal(err)
			}
		}
		change((*cloud.Policy).Remove)
		by := w.noticedInside(t, g)
		change((*cloud.Policy).Add)
		fmt.Fprintf(rows, "%s\t%s\t%s\t%s\n", strings.TrimPrefix(g.Role, "roles/"), strings.TrimSuffix(g.name, domain), strings.TrimSuffix(g.who(), domain), strings.Join(by, ", "))
	}
	if err := rows.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("taken away, on, from, what happens\n%s", &table)
	for _, run := range []inBuilds{w.push(), w.refresh(), w.pull()} {
		if ok, got := run.does(t); !ok {
			t.Errorf("with all given back, %s ends so:\n%s", run.name, got)
		}
	}
}

// settingsInside has what builds need a role for; a pull request's has no login, which its
// account may not read.
const (
	settingsOfPull = "run: {secrets: {API_KEY: api-key:latest}}\nstart: {path: /}\n"
	settingsInside = settingsOfPull + "wheels: {netrc_secret: pip-netrc, notify: [\"topic:news\", \"webhook:chat\"], notify_on: always}\n"
)

// inside is a walk without a laptop.
type inside struct {
	*walk
	heard *told
}

// inBuilds is a run that is a step of a build: whether it ended well, and what people are
// shown of it.
type inBuilds struct {
	name string
	does func(*testing.T) (bool, string)
}

// noticedInside is what the runs of an account come to without one of its roles.
func (w *inside) noticedInside(t *testing.T, g granted) (all []string) {
	t.Helper()
	runs := map[string][]inBuilds{builds: {w.push(), w.refresh()}, pulls: {w.pull()}, scheduler: {w.refresh()}}[g.who()]
	var said strings.Builder
	told, failed := false, false
	for _, run := range runs {
		ok, text := run.does(t)
		lacks := slices.DeleteFunc([]string{g.Role, g.name, g.who()}, func(s string) bool { return strings.Contains(text, s) })
		switch {
		case !ok && len(lacks) > 0:
			t.Errorf("%s on %s taken away from %s: %s fails, and does not say %q:\n%s", g.Role, g.name, g.who(), run.name, lacks, text)
			fallthrough
		case !ok:
			failed = true
			all = append(all, run.name+" fails")
		case len(lacks) == 0:
			told = true
			all = append(all, run.name+" warns")
		default:
			all = append(all, run.name+" does without")
		}
		fmt.Fprintf(&said, "%s:\n%s\n", run.name, text)
	}
	switch {
	case !failed && !told:
		t.Errorf("nobody noticed that %s on %s was taken away from %s:\n%s", g.Role, g.name, g.who(), &said)
	case !failed && !optional(g):
		t.Errorf("nothing fails without %s on %s, which %s needs, says the table of rights:\n%s", g.Role, g.name, g.who(), &said)
	}
	return all
}

// optional says whether the table of rights knows that nothing fails without a role.
func optional(g granted) bool {
	who := map[string]rights.Identity{builds: rights.Builds, pulls: rights.PullRequests, scheduler: rights.Scheduler}[g.who()]
	on := map[string]rights.Resource{
		"project " + project: rights.Project, "topic news": rights.Topic, "secret chat": rights.WebhookSecret, storage.SourceBucket(project, region): rights.SourceBucket, builds: rights.BuildsAccount,
	}[g.name]
	return !slices.ContainsFunc(rights.Table(), func(r rights.Right) bool { return r.Who == who && r.Role == g.Role && r.On == on && !r.Optional }) &&
		slices.ContainsFunc(rights.Table(), func(r rights.Right) bool { return r.Who == who && r.Role == g.Role && r.On == on })
}

// push is a push to main of other requirements, and another line.
func (w *inside) push() inBuilds {
	return inBuilds{"push", func(t *testing.T) (bool, string) {
		t.Helper()
		w.require(t)
		w.change(t)
		w.commit(t)
		return w.shown(t, w.hear(t, emubuild.Hook{Push: &emubuild.Push{Ref: "refs/heads/main"}})["hello-push"])
	}}
}

// pull is a pull request of other requirements.
func (w *inside) pull() inBuilds {
	return inBuilds{"pull request", func(t *testing.T) (bool, string) {
		t.Helper()
		w.git(t, "checkout", "-q", "-B", "more")
		defer w.git(t, "checkout", "-q", "main")
		w.settings(t, settingsOfPull)
		w.require(t)
		w.change(t)
		w.commit(t)
		return w.shown(t, w.hear(t, emubuild.Hook{Pull: &emubuild.Pull{Number: 7, Head: "more"}})["hello-pull-request"])
	}}
}

// refresh is what the schedule does, of packages that are newer each time.
func (w *inside) refresh() inBuilds {
	return inBuilds{"refresh", func(t *testing.T) (bool, string) {
		t.Helper()
		w.texts++
		w.newer(t, fmt.Sprintf(`{"packages":[{"name":"flask","version":"3.1.%d","build_key":"b"}]}`, w.texts))
		u := w.command(t.Context(), w.of("schedule", "run", "--wait"))
		<-u.done
		return u.exit == 0, u.out.String()
	}}
}

// shown is what Cloud Build's page and `gcpdeploy logs` show of a build at its end.
func (w *inside) shown(t *testing.T, id string) (bool, string) {
	t.Helper()
	if id == "" {
		t.Fatal("no build was started")
	}
	b := w.outcome(t, id)
	o := cloudbuild.Outcome(b)
	u := w.command(t.Context(), w.of("logs", "--build", id))
	<-u.done
	return b.GetStatus() == cloudbuildpb.Build_SUCCESS, fmt.Sprint(b.GetStatus(), " ", o.Detail, "\n", o.Hint, "\n", u.out.String())
}
