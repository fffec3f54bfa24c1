package e2e

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
	cloud "github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Who acts in the walk: setup's accounts, and a deployer as CI is one.
const (
	domain    = "@" + project + ".iam.gserviceaccount.com"
	builds    = "gcpdeploy-builds" + domain
	runs      = "gcpdeploy-app" + domain
	scheduler = "gcpdeploy-schedules" + domain
	deployer  = "deployer" + domain
)

// walk is a new project where rights are enforced.
type walk struct {
	*world
	*cloud.Client
	base  string // of the app's settings
	index string // lines of the requirements that name a package index with a login
	texts int
	files map[string]string // with a verb for a number, which moves with every fourth text: what tells of a right may be asked where they change, or where they do not
}

// newWalk is a new project with the account of somebody who deploys, and with APIs
// enabled.
func newWalk(t *testing.T, apis ...gcp.API) *walk {
	t.Helper()
	names := []string{gcp.IAM.Service()}
	for _, api := range apis {
		names = append(names, api.Service())
	}
	w := &walk{world: emptyWorld(t)}
	w.start(t, func(o *emulator.Options) {
		o.Projects, o.Rights = frame.Projects{Known: []string{project}, New: true}, true
	})
	w.connect(t)
	w.Client = cloud.New(w.access, project)
	if err := w.Enable(t.Context(), names); err != nil {
		t.Fatal(err)
	}
	if err := w.CreateAccount(t.Context(), deployer, cloud.Account{}); err != nil {
		t.Fatal(err)
	}
	return w
}

// settings are the app's, which is private.
func (w *walk) settings(t *testing.T, lines string) {
	t.Helper()
	file := filepath.Join(w.app, "gcpdeploy.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	w.base = cmp.Or(w.base, strings.Replace(string(text), "run: {allow_unauthenticated: true}\n", "", 1))
	if err := os.WriteFile(file, []byte(w.base+lines), 0o600); err != nil {
		t.Fatal(err)
	}
}

// setup is the owner's, for the deployer.
func (w *walk) setup(t *testing.T) {
	t.Helper()
	w.command(t.Context(), w.of("setup", "--yes", "--deployer", "serviceAccount:"+deployer)).text(t, 0)
	if exit, got := w.try(t, "doctor"); exit != 0 || strings.Contains(got, "✗") {
		t.Errorf("after setup, says the deployer's doctor:\n%s", got)
	}
}

// login is an environment with a login for the index, where there is one.
func (w *walk) login(lookup func(string) (string, bool)) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if name == "GCPDEPLOY_INDEX_CREDENTIALS" && w.index != "" {
			return fmt.Sprint("machine pypi.example.com login u password p", w.texts), true
		}
		return lookup(name)
	}
}

// try runs a command as the deployer, and gives its exit code and what it said.
func (w *walk) try(t *testing.T, words ...string) (int, string) {
	t.Helper()
	u := w.commandIn(t.Context(), w.login(func(name string) (string, bool) {
		switch name {
		case "GCPDEPLOY_IMPERSONATE_SERVICE_ACCOUNT":
			return deployer, true
		case "CLOUDSDK_BILLING_QUOTA_PROJECT":
			return project, true
		}
		return w.lookup(name)
	}), w.of(words...))
	<-u.done
	return u.exit, u.out.String()
}

// change changes a line of the app.
func (w *walk) change(t *testing.T) {
	t.Helper()
	w.texts++
	if err := os.WriteFile(filepath.Join(w.app, "wsgi.py"), fmt.Appendf(nil, "text %d\n", w.texts), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, text := range w.files {
		if err := os.WriteFile(filepath.Join(w.app, name), fmt.Appendf(nil, text, w.texts/4), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// require changes what the app requires.
func (w *walk) require(t *testing.T) {
	t.Helper()
	w.texts++
	if err := os.WriteFile(filepath.Join(w.app, "requirements.txt"), fmt.Appendf(nil, "%sflask==3.0.%d\n", w.index, w.texts), 0o600); err != nil {
		t.Fatal(err)
	}
}

// deploy is up of a line that was changed, wheels of requirements.
func (w *walk) deploy(t *testing.T) (int, string) {
	t.Helper()
	w.change(t)
	return w.try(t, "up", "--json")
}

func (w *walk) wheels(t *testing.T) (int, string) {
	t.Helper()
	w.require(t)
	return w.deploy(t)
}

// stepped is up of wheels as a step of a build, with no more than the builds' rights.
func (w *walk) stepped(t *testing.T) (int, string) {
	t.Helper()
	w.require(t)
	w.change(t)
	token := filepath.Join(w.dir, "builds-token")
	if err := os.WriteFile(token, []byte(w.server.Token("serviceAccount:"+builds)), 0o600); err != nil {
		t.Fatal(err)
	}
	u := w.commandIn(t.Context(), func(name string) (string, bool) {
		switch name {
		case "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE":
			return token, true
		case "SERVICE_ACCOUNT_EMAIL":
			return builds, true
		}
		return w.lookupInBuild(name)
	}, w.of("up", "--json"))
	<-u.done
	return u.exit, u.out.String()
}

// schedule is what Cloud Scheduler does: it creates a build.
func (w *walk) schedule(t *testing.T) (int, string) {
	t.Helper()
	c := gcp.FromEnvironment(w.lookup)
	c.Impersonate = []string{scheduler}
	a := gcp.New(c)
	defer a.Close()
	bucket, objects := storage.SourceBucket(project, region), storage.New(a)
	if err := storage.New(w.access).Upload(t.Context(), bucket, "scheduled", func(out io.Writer) error { _, err := io.WriteString(out, "x"); return err }); err != nil {
		t.Fatal(err)
	}
	p := plan.Plan{Steps: []plan.Step{{ID: plan.StepTest, Name: "busybox"}}, Options: plan.Options{
		ServiceAccount: "projects/" + project + "/serviceAccounts/" + builds, LogsBucket: "gs://" + storage.LogsBucket(project, region),
	}}
	b := cloudbuild.Builds{Client: cloudbuild.New(a, objects), Project: project, Region: region}
	if _, err := b.Submit(t.Context(), p, bucket, "scheduled", time.Now(), nil); err != nil {
		return errs.ExitCode(err), err.Error() + "\n" + errs.HintOf(err)
	}
	return 0, ""
}

// granted is a role that setup gave.
type granted struct {
	cloud.Grant
	on   cloud.Resource
	name string // of the resource, as all messages have it
}

// who is the account that has it.
func (g granted) who() string { _, who, _ := strings.Cut(g.Member, ":"); return who }

// granted are the roles on what setup grants on, and on more.
func (w *walk) granted(t *testing.T, more ...granted) (all []granted) {
	t.Helper()
	source, logs := storage.SourceBucket(project, region), storage.LogsBucket(project, region)
	for _, on := range append([]granted{
		{on: w.Itself(), name: "project " + project},
		{on: w.Repository(region, "gcpdeploy"), name: "repository gcpdeploy"},
		{on: w.Bucket(source), name: source},
		{on: w.Bucket(logs), name: logs},
		{on: w.ServiceAccount(builds), name: builds},
		{on: w.ServiceAccount(runs), name: runs},
		{on: w.Secret("api-key"), name: "secret api-key"},
		{on: w.Secret("pip-netrc"), name: "secret pip-netrc"},
		{on: w.Secret(plan.NetrcSecret("hello")), name: "secret " + plan.NetrcSecret("hello")},
	}, more...) {
		policy, err := w.Policy(t.Context(), on.on)
		if errs.KindOf(err) == errs.NotFound {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range policy.Bindings {
			for _, m := range b.Members {
				if strings.HasSuffix(m, domain) {
					all = append(all, granted{cloud.Grant{Role: b.Role, Member: m}, on.on, on.name})
				}
			}
		}
	}
	return all
}
