package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emurun "github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// regional is the end of `up --json` of several regions.
type regional struct {
	Status  string
	Regions map[string]struct {
		Status, Region, Revision, URL, Why string
		Error                              struct{ Kind, Message string }
	}
}

func (r regional) statuses() map[string]string {
	out := map[string]string{}
	for name, one := range r.Regions {
		out[name] = one.Status
	}
	return out
}

// inRegions has the app's settings say where it goes, in place of what they said.
func (w *world) inRegions(t *testing.T, says string) {
	t.Helper()
	file := filepath.Join(w.app, "gcpdeploy.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, after, _ := strings.Cut(string(text), "region")
	_, after, _ = strings.Cut(after, "python:")
	if err := os.WriteFile(file, []byte(before+says+"\npython:"+after), 0o600); err != nil {
		t.Fatal(err)
	}
}

// upRegions is `up --json` of an app in several regions.
func (w *world) upRegions(t *testing.T, exit int, more ...string) (r regional, output string) {
	t.Helper()
	u := w.run(t.Context(), w.app, more...)
	u.wait(t, exit)
	lines := strings.Split(strings.TrimSpace(u.out.String()), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &r); err != nil {
		t.Fatal(err)
	}
	return r, u.out.String()
}

// servesIn is what answers in a region; "" = there is no service.
func (w *world) servesIn(t *testing.T, region string) string {
	t.Helper()
	st, ok, err := run.NewTarget(w.access).State(t.Context(), release.Spec{Project: project, Region: region, Service: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return ""
	}
	return w.answer(t, st.URL).Text
}

// failsElsewhere is `up` where no service can be made.
func (w *world) failsElsewhere(t *testing.T) (exit int, stdout, stderr string) {
	t.Helper()
	faults := &emulator.Get[*emurun.Server](w.server).Faults
	faults.Fail("CreateService", 1000, codes.FailedPrecondition)
	defer faults.Fail("CreateService", 0, codes.OK)
	return w.said(t, "up", "--source", w.app)
}

const (
	second = "us-east1"
	third  = "asia-east1"
	three  = "regions: [" + region + ", " + second + ", " + third + "]"
)

// TestRegions: what is new is built once and comes to one region after the other; where one
// fails those after it keep what they have, which is said; and the next run does what is missing.
func TestRegions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.run(t.Context(), w.app).wait(t, 0)
	w.inRegions(t, three)
	w.change(t, "two")
	cloudrun := emulator.Get[*emurun.Server](w.server)
	cloudrun.Faults.Fail("GetService", 2, codes.FailedPrecondition) // the other regions are asked first
	exit, _, said := w.said(t, "up", "--source", w.app)
	cloudrun.Faults.Fail("GetService", 0, codes.OK)
	if got := w.servesIn(t, region); exit == 0 || got != "one" || !strings.Contains(said, "nothing was released") {
		t.Fatalf("what cannot be in another region: %d, the first serves %s\n%s", exit, got, said)
	}

	images := len(w.steps(t, plan.StepImage))
	exit, out, said := w.failsElsewhere(t)
	if !strings.HasPrefix(out, "REGION        RESULT") || !strings.Contains(out, "skipped: needs "+second) || exit == 0 ||
		!strings.Contains(said, "the new revision is in "+region+", and not in "+second+", "+third) || !strings.Contains(said, "error: 1 of 3 regions failed: "+second+": ") {
		t.Fatalf("%d\n%s%s", exit, out, said)
	}
	if got := w.servesIn(t, region) + w.servesIn(t, second) + w.servesIn(t, third); got != "two" {
		t.Errorf("the regions serve %q", got)
	}

	r, output := w.upRegions(t, 0)
	want := map[string]string{region: "nothing_to_do", second: "released", third: "released"}
	if diff := cmp.Diff(want, r.statuses()); diff != "" || r.Status != "done" {
		t.Errorf("%s\n%s", diff, output)
	}
	for _, at := range []string{region, second, third} {
		if got := w.servesIn(t, at); got != "two" || r.Regions[at].Region != at {
			t.Errorf("%s serves %q: %+v", at, got, r.Regions[at])
		}
	}
	if n := len(w.steps(t, plan.StepImage)) - images; n != 1 {
		t.Errorf("the image was made %d times", n)
	}
	for _, b := range w.cloudbuild().Builds() {
		if !strings.Contains(b.Name, "/locations/"+region+"/") {
			t.Errorf("a build elsewhere: %s", b.Name)
		}
	}
	builds := len(w.cloudbuild().Builds())
	if r, output = w.upRegions(t, 0); len(w.cloudbuild().Builds()) != builds {
		t.Errorf("with nothing to do there was a build:\n%s", output)
	}
	if r, output = w.upRegions(t, 0, "--region", third); len(r.Regions) != 0 || !strings.Contains(output, `"nothing_to_do"`) {
		t.Errorf("one region alone: %s", output)
	}
}

// TestRegionsTogether: all after the first at once: that one fails is no matter to the others.
func TestRegionsTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.run(t.Context(), w.app).wait(t, 0)
	w.inRegions(t, three+"\nregions_together: true")
	w.change(t, "two")
	exit, out, said := w.failsElsewhere(t)
	if !strings.Contains(said, "error: 2 of 3 regions failed\n  "+second+": ") || !strings.Contains(said, "the new revision is in "+region+", and not in "+second+", "+third) || exit == 0 {
		t.Fatalf("%d\n%s%s", exit, out, said)
	}
	r, output := w.upRegions(t, 0)
	want := map[string]string{region: "nothing_to_do", second: "released", third: "released"}
	if diff := cmp.Diff(want, r.statuses()); diff != "" {
		t.Errorf("%s\n%s", diff, output)
	}
}

// TestRegionsJobs: jobs are in the first region, and run once, whichever are released to.
func TestRegionsJobs(t *testing.T) {
	t.Parallel()
	w, did := withJobs(t)
	w.inRegions(t, three)
	w.configure(t, "jobs: {migrate: {command: [migrate, data, \"0\"], before_traffic: true}}\n")
	w.upRegions(t, 0)
	if diff := cmp.Diff([]string{"data by one"}, did()); diff != "" {
		t.Error(diff)
	}
	for at, exit := range map[string]int{region: 0, second: 1} {
		w.job(t, exit, "run", "migrate", "--region", at)
	}
	if out := w.job(t, 0, "list"); !strings.Contains(out, "migrate") {
		t.Error(out)
	}
}
