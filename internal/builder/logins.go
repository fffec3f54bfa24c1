package builder

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/credential"
)

// Logins writes the netrc file to, with which the next step asks package indexes:
// what was given, and for the hosts that it has no login for the build's own.
func Logins(ctx context.Context, own func(context.Context) (credential.Login, error), given string, hosts []string, to string, out io.Writer) error {
	l, err := own(ctx)
	if err != nil {
		return err
	}
	var set credential.Set
	for _, host := range hosts {
		set = append(set, credential.Login{Host: host, User: l.User, Password: l.Password, From: l.From})
	}
	text, err := credential.Complete(given, set)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: as %s\n", strings.Join(hosts, ", "), l.From)
	// The folder is the build's alone; who reads the file there may be another user.
	return os.WriteFile(to, text, 0o644)
}
