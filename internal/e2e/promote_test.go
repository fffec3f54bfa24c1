package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/empty"

	"github.com/gcpdeploy/gcpdeploy/gcp/registry"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// The other project, and the region in it.
const (
	staged       = "demo-staging"
	stagedRegion = "us-central1"
)

// promotion is the app with two environments: staging is in a project and region of its own.
type promotion struct {
	*world
	text string // of the settings
}

func newPromotion(t *testing.T) promotion {
	t.Helper()
	w := newWorld(t, false)
	other := registry.New(w.access, staged, stagedRegion, "images")
	if err := other.EnsureRepository(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Push(t.Context(), "builder", version, empty.Image); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(w.app, "gcpdeploy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p := promotion{w, string(text) + "environments:\n" +
		"  staging: {project: " + staged + ", region: " + stagedRegion + ", repository: images, run: {env: {MODE: test}}}\n" +
		"  prod: {run: {memory: 1Gi, env: {MODE: live, WORD: s3cret}}}\n"}
	p.write(t, "gcpdeploy.yaml", p.text)
	return p
}

func (p promotion) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.app, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// up releases a text to an environment.
func (p promotion) up(t *testing.T, env, text string) result {
	t.Helper()
	p.write(t, "wsgi.py", text+"\n")
	return p.run(t.Context(), p.app, "--env", env).wait(t, 0)
}

// promote is what the command prints.
func (p promotion) promote(t *testing.T, exit int, words ...string) string {
	t.Helper()
	return p.command(t.Context(), p.of(append([]string{"promote", "--from", "staging", "--to", "prod"}, words...)...)).text(t, exit)
}

// result is the last line of what promote printed as JSON.
func (p promotion) result(t *testing.T, words ...string) (r result) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(p.promote(t, 0, append(words, "--json")...)), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil {
		t.Fatalf("%v in %q", err, lines)
	}
	return r
}

// TestPromote: what serves in staging serves in prod, another project and region, by its
// digest and without a build; a deploy of the same source there has nothing to do.
func TestPromote(t *testing.T) {
	t.Parallel()
	p := newPromotion(t)
	if text := p.promote(t, 1); !strings.Contains(text, "there is no service hello in staging (demo-staging, us-central1)") {
		t.Error(text)
	}
	one := p.up(t, "staging", "one")

	// The checkout moves on; of what is promoted it is not.
	p.write(t, "wsgi.py", "other\n")
	says(t, p.promote(t, 0, "--dry-run"), one.Revision+" of staging → Cloud Run, demo, europe-west1", "hello is new there",
		"gcpdeploy.yaml, as it is here", "others than in staging: run.env.MODE, run.env.WORD, run.memory")
	if text := p.promote(t, 0, "--dry-run", "--json"); strings.Contains(text, "s3cret") || !strings.Contains(text, `"digest":"`+digestOf(one.Image)+`"`) {
		t.Error(text)
	}
	says(t, p.command(t.Context(), p.of("status", "--env", "prod")).text(t, 1), "there is no service hello")
	before := len(p.cloudbuild().Builds())
	live := p.result(t)
	if live.Status != "released" || digestOf(live.Image) != digestOf(one.Image) || !strings.Contains(live.Image, "/demo/gcpdeploy/hello@") {
		t.Errorf("%+v; staging runs %s", live, one.Image)
	}
	if got := p.answer(t, live.URL); got.Text != "one" || got.Image != digestOf(one.Image) {
		t.Errorf("%s answers %+v", live.URL, got)
	}
	if now := len(p.cloudbuild().Builds()); now != before {
		t.Errorf("%d builds were made", now-before)
	}
	says(t, p.promote(t, 0), "nothing to do: "+live.Revision+" serves this image and configuration")
	again := p.up(t, "prod", "one")
	if again.Status != "nothing_to_do" || again.Revision != live.Revision {
		t.Errorf("a deploy of the same source: %+v", again)
	}

	// A setting of prod alone is a release, and a promotion of the same image.
	p.write(t, "gcpdeploy.yaml", strings.Replace(p.text, "1Gi", "2Gi", 1))
	says(t, p.promote(t, 0, "--dry-run"), "replaces "+live.Revision, "run.memory 1Gi → 2Gi")
	if r := p.result(t); r.Status != "released" || r.Revision == live.Revision || r.Image != live.Image {
		t.Errorf("%+v", r)
	}

	// An earlier one by its name, beside what serves.
	two := p.up(t, "staging", "two")
	p.result(t)
	aside := p.result(t, "--revision", one.Revision, "--no-traffic", "--tag", "old")
	if got := p.answer(t, aside.URL); got.Text != "one" {
		t.Errorf("%s answers %+v", aside.URL, got)
	}
	if got := p.serves(t); got.Text != "two" || got.Image != digestOf(two.Image) {
		t.Errorf("it serves %+v", got)
	}
	says(t, p.promote(t, 2, "--revision", "hello-00001-zzz"), "there is no revision hello-00001-zzz of hello in staging")
	p.command(t.Context(), p.of("traffic", "--env", "staging", "--to-revisions", one.Revision+"=50,"+two.Revision+"=50")).text(t, 0)
	says(t, p.promote(t, 2), "no revision of hello has all of the traffic in staging: 50 %", "--revision")
}

// TestPromoteRace: of a promotion and a deploy the one that started later wins, whichever
// ends later.
func TestPromoteRace(t *testing.T) {
	t.Parallel()
	p := newPromotion(t)
	p.up(t, "staging", "staged")
	first := p.up(t, "prod", "first")
	p.hold(t, "before", plan.StepRelease)
	p.write(t, "wsgi.py", "slow\n")
	slow := p.run(t.Context(), p.app, "--env", "prod")
	p.reached(t, "before", plan.StepRelease, slow)
	if r := p.result(t); r.Status != "released" {
		t.Errorf("%+v", r)
	}
	p.open(t, "before", plan.StepRelease)
	if r := slow.wait(t, 1); r.Status != "superseded" && r.Error.Kind != "superseded" {
		t.Errorf("the deploy that began first: %+v", r)
	}
	if got := p.serves(t); got.Text != "staged" {
		t.Errorf("it serves %+v", got)
	}

	newer := p.up(t, "prod", "newer")
	d := deps(p.lookup, p.dir)
	d.Now = func() time.Time { return time.Now().Add(-time.Hour) }
	text := p.commandOf(t.Context(), d, p.of("promote", "--from", "staging", "--to", "prod")).text(t, 1)
	says(t, text, "superseded: a newer run")
	if got := p.serves(t); got.Text != "newer" || newer.Revision == first.Revision {
		t.Errorf("it serves %+v", got)
	}
}

// TestPromoteFails: what does not come up in prod leaves what serves there, and settings
// that fit no image are refused before anything is copied.
func TestPromoteFails(t *testing.T) {
	t.Parallel()
	p := newPromotion(t)
	p.up(t, "staging", "flaky") // answers 500 now and then, and is taken for ready
	p.up(t, "prod", "good")
	p.write(t, "gcpdeploy.yaml", strings.Replace(p.text, "prod: {", "prod: {release: {check: {path: /, body: another text, timeout: 1s}}, ", 1))
	says(t, p.promote(t, 1), "release.check")
	if got := p.serves(t); got.Text != "good" {
		t.Errorf("it serves %+v", got)
	}
	s, _, err := run.NewTarget(p.access).State(t.Context(), release.Spec{Project: project, Region: region, Service: "hello"})
	if err != nil || s.Held {
		t.Errorf("%+v, %v", s, err)
	}
	p.write(t, "gcpdeploy.yaml", strings.Replace(p.text, "memory: 1Gi", "port: 9000", 1))
	says(t, p.promote(t, 2), "the image is made for port 8080, which staging says, and prod wants it to listen on 9000")
	p.write(t, "gcpdeploy.yaml", strings.Replace(p.text, "memory: 1Gi", "ingress: nowhere", 1))
	says(t, p.promote(t, 2), "gcpdeploy.yaml:", "ingress")
	p.write(t, "gcpdeploy.yaml", p.text)
	says(t, p.command(t.Context(), p.of("promote", "--to", "production")).text(t, 2), `no environment "production"`, "prod")
	says(t, p.command(t.Context(), p.of("promote", "--from", "prod", "--to", "prod")).text(t, 2), "--from and --to are both prod")
	says(t, p.command(t.Context(), p.of("promote")).text(t, 2), "neither --from nor --to")
	p.write(t, "gcpdeploy.yaml", strings.Replace(p.text, "repository: images, ", "", 1)) // staging's is another one then
	says(t, p.promote(t, 2), "which is no image by digest of")
}

// TestPromoteRegions: an environment of several regions gets it in one after the other; who
// removes images asks in each, whatever the settings say by then.
func TestPromoteRegions(t *testing.T) {
	t.Parallel()
	p := newPromotion(t)
	one := p.up(t, "staging", "one")
	const two = "us-east1"
	p.write(t, "gcpdeploy.yaml", strings.Replace(p.text, "prod: {", "prod: {regions: ["+region+", "+two+"], ", 1))
	says(t, p.promote(t, 0), "serves prod")
	for _, at := range []string{region, two} {
		s, _, err := run.NewTarget(p.access).State(t.Context(), release.Spec{Project: project, Region: at, Service: "hello"})
		if err != nil || !strings.HasSuffix(s.Image, "/"+project+"/gcpdeploy/hello@"+digestOf(one.Image)) {
			t.Errorf("%s: %+v, %v", at, s, err)
		}
	}
	tags, err := registry.New(p.access, project, region, "gcpdeploy").Tags(t.Context(), plan.Builder)
	if _, marked := tags[plan.RegionTag(two)]; err != nil || !marked {
		t.Errorf("%v, %v", tags, err)
	}
	says(t, p.promote(t, 0), "nothing to do")

	// What fails in a region ends it.
	p.up(t, "staging", "flaky")
	p.write(t, "gcpdeploy.yaml", strings.Replace(p.text, "prod: {", "prod: {regions: ["+region+", "+two+"], release: {check: {path: /, body: another text, timeout: 1s}}, ", 1))
	says(t, p.promote(t, 1), region+": ", two+": not begun, as "+region+" failed")
}
