// Package contract is for tests that hold for Google and for the emulators: the
// very same code asks emulators of its own, or the project that `make live` names.
package contract

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
)

// Place is where a contract is held.
type Place struct {
	Project, Region string
	URL, TokenFile  string // of the emulators; "" = Google, with this machine's credentials

	// Lag is how long Google takes until all that asks it sees a change.
	Lag time.Duration
}

// Real is the project at Google that `make live` names, and its region; "" = none.
func Real() (project, region string) {
	return os.Getenv("GCPDEPLOY_LIVE_PROJECT"), os.Getenv("GCPDEPLOY_LIVE_REGION")
}

// At gives the place of a test. start says what emulators it wants, and is not
// called at Google.
func At(t testing.TB, start func() emulator.Options) Place {
	t.Helper()
	if project, region := Real(); project != "" {
		return Place{Project: project, Region: region, Lag: time.Minute}
	}
	o := start()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	s, err := emulator.Start(context.WithoutCancel(t.Context()), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return Place{Project: "my-project", Region: "europe-west1", URL: s.URL(), TokenFile: s.TokenFile()}
}

// Plain is emulators as they come.
func Plain() emulator.Options { return emulator.Options{} }

// Prefix begins the names of all that is made at Google, so that what a killed run
// left can be found.
const Prefix = "gcpdeploy-live-"

// Name is one that nobody else has.
func Name() string { return Prefix + fmt.Sprintf("%.10s", strings.ToLower(rand.Text())) }

// Eventually looks until it sees what it wants, at most as long as Google may take.
// look says what it saw.
func (p Place) Eventually(t testing.TB, what string, look func() (ok bool, saw string)) {
	t.Helper()
	for end := time.Now().Add(p.Lag); ; time.Sleep(time.Second) { //nolint:forbidigo // at Google there is nothing else to wait by
		ok, saw := look()
		if ok {
			return
		}
		if !time.Now().Before(end) {
			t.Errorf("%s: %s", what, saw)
			return
		}
	}
}
