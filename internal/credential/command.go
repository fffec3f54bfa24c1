package credential

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// tokenUser is the user name of a password that came without one: the one that
// indexes take a token with.
const tokenUser = "__token__"

// patience is how long the command may take: it may ask the user something.
const patience = 2 * time.Minute

var errSlow = errors.New("it took longer than two minutes")

// run asks the command, with host and user as its last arguments, as `keyring
// get SERVICE USER` wants them. It prints user and password, a line each, or the
// password alone, or nothing where it knows no login. Neither what it printed
// nor its own error texts are shown: they may hold the login.
func (s Sources) run(ctx context.Context, host, user string) (Login, bool, error) {
	if user == "" {
		user = tokenUser
	}
	ctx, stop := context.WithTimeoutCause(ctx, patience, errSlow)
	defer stop()
	args := append(append([]string{}, s.Command[1:]...), host, user)
	cmd := exec.CommandContext(ctx, s.Command[0], args...)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		// An ExitError holds what the command wrote; its text is the status alone.
		return Login{}, false, errs.New(errs.Auth, "Run it by hand, with the host and a user as its last arguments, to see why.",
			"wheels.credentials_command failed for %s: %s", host, err.Error())
	}
	lines := strings.Split(strings.TrimRight(strings.ReplaceAll(string(out), "\r\n", "\n"), "\n"), "\n")
	l := Login{Host: host, User: Secret(user), From: "wheels.credentials_command"}
	switch {
	case len(lines) == 1 && lines[0] == "":
		return l, false, nil
	case len(lines) == 1:
		l.Password = Secret(lines[0])
	case len(lines) == 2:
		l.User, l.Password = Secret(lines[0]), Secret(lines[1])
	default:
		return l, false, errs.New(errs.Usage, "It prints the user and the password, a line each, or the password alone.",
			"wheels.credentials_command printed %d lines for %s", len(lines), host)
	}
	return l, true, nil
}
