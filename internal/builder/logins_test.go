package builder_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
	"github.com/gcpdeploy/gcpdeploy/internal/credential"
)

// TestLogins: the file has the given logins and the build's own, the log neither.
func TestLogins(t *testing.T) {
	t.Parallel()
	const token, given = "canary-token", "machine h login u password canary-given\n"
	to := filepath.Join(t.TempDir(), "netrc")
	own := func(context.Context) (credential.Login, error) {
		return credential.Login{User: "o", Password: token, From: "the build's own account"}, nil
	}
	var log strings.Builder
	for range 2 { // the second is a later step's
		if err := builder.Logins(t.Context(), own, given, []string{"a", "b"}, to, &log); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(to)
	if want := "machine a\nlogin o\npassword " + token + "\nmachine b\nlogin o\npassword " + token + "\n" + given; err != nil || string(data) != want {
		t.Errorf("got %q, %v", data, err)
	}
	if log.String() != strings.Repeat("a, b: as the build's own account\n", 2) {
		t.Errorf("logged %q", log.String())
	}
	none := errors.New("no account")
	err = builder.Logins(t.Context(), func(context.Context) (credential.Login, error) { return credential.Login{}, none }, given, []string{"a"}, to, &log)
	if !errors.Is(err, none) {
		t.Error(err)
	}
}
