package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// TestRegionsLookedAt: what commands say of an app in two regions, and of one of them.
func TestRegionsLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.inRegions(t, "regions: ["+region+", "+second+"]")
	w.upRegions(t, 0)
	w.change(t, "two")
	w.upRegions(t, 0)
	exit, out, said := w.said(t, "status", "--json", "--source", w.app)
	var all struct {
		Regions map[string]struct {
			Region, URL string
			Build       struct{ ID string }
		}
	}
	if err := json.Unmarshal([]byte(out), &all); err != nil || exit != 0 {
		t.Fatalf("%d, %v: %s%s", exit, err, out, said)
	}
	first, other := all.Regions[region], all.Regions[second]
	if first.Region != region || other.Region != second || first.URL == other.URL || first.Build.ID == other.Build.ID {
		t.Errorf("%s", out)
	}
	for _, tt := range []struct {
		words string
		exit  int
		want  []string
	}{
		{"plan", 0, []string{"Cloud Run, demo, " + region, "Cloud Run, demo, " + second}},
		{"plan --no-release", 0, []string{"tests, no release, demo, " + region + "\n"}},
		{"releases", 0, []string{"hello  demo, " + region, "hello  demo, " + second, "hello-00002-"}},
		{"traffic", 0, []string{"hello  demo, " + region, "hello  demo, " + second}},
		{"traffic --to-revisions x=100", 2, []string{"there are several regions (gcpdeploy.yaml:3): " + region + ", " + second, "Name one of them with --region."}},
		{"rollback --to x", 2, []string{"Name one of them with --region."}},
		{"down", 2, []string{"Name one of them with --region."}},
		{"status --watch", 2, []string{"Name one of them with --region."}},
		{"up --async", 2, []string{"--async waits for nobody, and " + second + " comes after " + region}},
		{"up --region us-west1", 2, []string{"--region: region is us-west1, which is none of regions (gcpdeploy.yaml:3)", "Did you mean us-east1?"}},
		{"status --region " + second, 0, []string{"hello  demo, " + second}},
		{"rollback", 0, []string{region + ": the traffic of hello: 100 % hello-00001-", second + ": the traffic of hello: 100 % hello-00001-"}},
		{"traffic --to-latest --region " + second, 0, []string{second + ": the traffic of hello: 100 % hello-00002-"}},
		{"down --region " + second, 0, []string{"deleted the service hello"}},
	} {
		exit, out, said := w.said(t, append(strings.Fields(tt.words), "--source", w.app)...)
		for _, want := range tt.want {
			if exit != tt.exit || !strings.Contains(out+said, want) {
				t.Errorf("%s: %d\n%s%s\nwant %d, %s", tt.words, exit, out, said, tt.exit, want)
			}
		}
	}
	if one, two := w.servesIn(t, region), w.servesIn(t, second); one != "one" || two != "" {
		t.Errorf("after a rollback in both, and down in the second: %q, %q", one, two)
	}
}

// TestRegionsKeepImages: what runs in another region stays, also where the settings do not
// name it any more.
func TestRegionsKeepImages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.inRegions(t, "regions: ["+region+", "+second+"]")
	w.upRegions(t, 0)
	w.inRegions(t, "region: "+region)
	w.change(t, "two")
	w.run(t.Context(), w.app).wait(t, 0)
	if _, err := run.New(w.access).Delete(t.Context(), project, region, "hello"); err != nil {
		t.Fatal(err)
	}
	st, ok, err := run.NewTarget(w.access).State(t.Context(), release.Spec{Project: project, Region: second, Service: "hello"})
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	exit, r := w.prune(t, "--keep", "0", "--yes")
	name, digest, _ := strings.Cut(st.Image[strings.LastIndexByte(st.Image, '/')+1:], "@")
	if left := w.images(t); exit != 0 || len(r.Remove) == 0 || !left[name+"@"+digest] {
		t.Errorf("%d, it removed %v, and left %v", exit, r.Remove, left)
	}
}

// TestServicesInRegions: a service in several regions is there for those that depend on it
// once it is in all of them.
func TestServicesInRegions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	dir, _ := w.shop(t)
	file := filepath.Join(dir, "gcpdeploy.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.Replace(string(text), "{app: services/api}", "{app: services/api, regions: ["+region+", "+second+"]}", 1))
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	r, output := w.upAll(t, dir, 0)
	want := map[string]string{"api/" + region: "released", "api/" + second: "released", "web": "released", "worker": "released"}
	if diff := cmp.Diff(want, r.statuses()); diff != "" {
		t.Errorf("%s\n%s", diff, output)
	}
	if at := strings.Index(output, `"stage":"web/`); at < strings.LastIndex(output, `"stage":"api/`) {
		t.Errorf("web did not wait for all of api:\n%s", output)
	}
	if exit, out, said := w.said(t, "status", "--json", "--source", dir, "api"); exit != 0 || !strings.Contains(out, `"regions":`) {
		t.Errorf("%d\n%s%s", exit, out, said)
	}
}

// TestRegionsInAStep: a step of a Cloud Build releases to all regions on its own worker.
func TestRegionsInAStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.inRegions(t, "regions: ["+region+", "+second+"]")
	u := w.step(t.Context(), args(w.app)[1:]...)
	u.wait(t, 0)
	w.noBuild(t)
	var told regional
	if data, err := os.ReadFile(filepath.Join(w.dir, "output")); err != nil || json.Unmarshal(data, &told) != nil || told.Regions[second].Status != "released" {
		t.Errorf("the outer build is told %s, %v", data, err)
	}
	if one, two := w.servesIn(t, region), w.servesIn(t, second); one != "one" || two != "one" {
		t.Errorf("they serve %q, %q", one, two)
	}
}
