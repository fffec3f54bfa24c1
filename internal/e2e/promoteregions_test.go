package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	emurun "github.com/gcpdeploy/gcpdeploy/gcp/emulator/run"
)

// TestPromoteToRegions: the image comes to one region of the environment after the other,
// until one fails; another time does what is missing.
func TestPromoteToRegions(t *testing.T) {
	t.Parallel()
	p := newPromotion(t)
	p.text = strings.Replace(p.text, "  prod: {", "  prod: {regions: ["+region+", "+second+", "+third+"], ", 1)
	p.write(t, "gcpdeploy.yaml", p.text)
	p.up(t, "staging", "one")
	p.promote(t, 0)
	for _, at := range []string{region, second, third} {
		if got := p.servesIn(t, at); got != "one" {
			t.Errorf("%s serves %q", at, got)
		}
	}

	p.up(t, "staging", "two")
	faults := &emulator.Get[*emurun.Server](p.server).Faults
	faults.Fail("UpdateService", 1000, codes.FailedPrecondition)
	out := p.promote(t, 1)
	if !strings.Contains(out, "3 of 3 regions failed") || !strings.Contains(out, third+": not begun, as "+region+" failed") {
		t.Error(out)
	}
	faults.Fail("UpdateService", 0, codes.OK)
	var all struct{ Regions map[string]result }
	if err := json.Unmarshal([]byte(jsonOf(p.promote(t, 0, "--json"))), &all); err != nil || all.Regions[third].Status != "released" {
		t.Errorf("%v, %+v", err, all)
	}
	for _, at := range []string{region, second, third} {
		if got := p.servesIn(t, at); got != "two" {
			t.Errorf("%s serves %q", at, got)
		}
	}
}

// jsonOf is the object at the end of what was printed.
func jsonOf(text string) string { return text[strings.Index(text, `{"regions"`):] }
