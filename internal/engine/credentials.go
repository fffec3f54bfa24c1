package engine

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/credential"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
)

// Secrets keeps what builds may read and nobody else.
type Secrets interface {
	// Keep makes value the secret's newest version and gives that version's name.
	Keep(ctx context.Context, secret string, value []byte) (version string, err error)
}

// credentials finds where the logins of the package indexes are, and takes those
// that stand in files of the tree out of what is sent.
func (a *App) credentials(from config.Input) error {
	a.logins = credential.Sources{Command: a.Config.Wheels.CredentialsCommand, Lookup: from.Lookup, Home: from.Home}
	for _, c := range []*closure.Closure{a.Closure, a.Tests} {
		if c == nil {
			continue
		}
		a.logins.Hosts, a.logins.Unsafe = append(a.logins.Hosts, c.Hosts...), append(a.logins.Unsafe, c.Unsafe...)
		for _, found := range c.Credentials {
			a.logins.URLs = append(a.logins.URLs, found.URL)
			if err := a.strip(found.Place, "the URL of "+found.Host, found.Written...); err != nil {
				return err
			}
		}
		for _, name := range c.Logins { // those that nothing asks for, too
			if err := a.strip(errs.Place{File: name}, "a URL", ""); err != nil {
				return err
			}
		}
	}
	for _, host := range a.logins.Unused() {
		a.Notes = append(a.Notes, "PIP_INDEX_URL or PIP_EXTRA_INDEX_URL names "+host+", which the requirements do not: it is not asked; `wheels.index_url` makes it the index")
	}
	a.Logins = a.logins.Any()
	return nil
}

// UseCloud has the hosts of indexes that are the cloud's own asked with its logins.
// Code that is not trusted would get the account's token by them.
func (a *App) UseCloud(c credential.Cloud) {
	if a.Stranger != "" {
		for _, host := range a.logins.Hosts {
			if note := host + " gets no login of Google Cloud: " + a.Stranger; c.Index(host) && !slices.Contains(a.Notes, note) {
				a.Notes = append(a.Notes, note)
			}
		}
		return
	}
	a.logins.Cloud = c
	a.Logins, a.OwnLogins = a.logins.Any(), a.logins.Own()
	for _, host := range a.logins.Hosts {
		note := host + " is asked without TLS, or with no look at its certificate: it gets no login of Google Cloud"
		if c.Index(host) && slices.Contains(a.logins.Unsafe, host) && !slices.Contains(a.Notes, note) {
			a.Notes = append(a.Notes, note)
		}
	}
}

// Transport sends the logins that are known with requests to package indexes.
func (a *App) Transport(next http.RoundTripper) http.RoundTripper { return a.logins.Transport(next) }

// strip sends the file at a place without the secrets in its URLs; written are
// those that were seen there.
func (a *App) strip(at errs.Place, what string, written ...credential.Secret) error {
	f, sent := a.Tree.Find(a.behindLinks(at.File))
	if len(written) == 0 || a.stripped[f.Path] && written[0] == "" {
		return nil
	}
	warning := fmt.Sprintf("%s: %s has its password in it; write ${NAME} there, or give it by %s", at, what, credential.Ways)
	if !slices.Contains(a.Tree.Warnings, warning) {
		a.Tree.Warnings = append(a.Tree.Warnings, warning)
	}
	if !sent {
		return nil // it stays here
	}
	data, err := a.Tree.Read(f)
	if err != nil {
		return err
	}
	text := link.Strip(string(data))
	if strings.HasSuffix(f.Path, ".py") || link.Holds(text, written) || link.HasLogin(text) {
		return errs.At(at, "Take it out, and give the login by "+credential.Ways+".",
			"%s has its password in it, and the file is sent: it cannot be taken out", what)
	}
	if a.stripped == nil {
		a.stripped = map[string]bool{}
	}
	a.stripped[f.Path] = true
	a.Tree.Replace(f.Path, []byte(text))
	return nil
}

// behindLinks is the path in the tree of the file that a path leads to.
func (a *App) behindLinks(name string) string {
	dir := a.Config.Dir
	real, err := filepath.EvalSymlinks(filepath.Join(dir, filepath.FromSlash(name)))
	root, rerr := filepath.EvalSymlinks(dir)
	if err != nil || rerr != nil {
		return name // such as wheels.index_url, which is no file
	}
	rel, err := filepath.Rel(root, real)
	if err != nil {
		return name
	}
	return path.Join(a.Folder, filepath.ToSlash(rel))
}

// storeLogins puts the logins where the plan's build reads them, and names the very
// version in the plan. It asks nobody unless a step needs them.
func (e *Engine) storeLogins(ctx context.Context, p plan.Plan, src Source) (plan.Plan, credential.Set, error) {
	i := slices.IndexFunc(p.Secrets, func(s plan.Secret) bool { return s.Ours })
	if i < 0 {
		return p, nil, nil
	}
	set, err := src.Logins(ctx)
	if err != nil {
		return p, nil, err
	}
	text, err := set.Netrc()
	if err != nil {
		return p, nil, err
	}
	p.Secrets = slices.Clone(p.Secrets)
	p.Secrets[i].Version, err = e.Secrets.Keep(ctx, plan.NetrcSecret(p.Service), text)
	return p, set, err
}
