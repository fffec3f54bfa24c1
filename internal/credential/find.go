package credential

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Variable is the environment variable of ours, with a netrc text in it.
const Variable = "GCPDEPLOY_INDEX_CREDENTIALS"

// noPassword stands in for the password of a token that is a user name: servers
// ignore it, and a netrc file cannot leave it out.
const noPassword = "x-oauth-basic"

// URL is a URL of the requirements that has a user or a password in it.
type URL struct {
	Login
	Unset string // the variable that it takes them from, where that is not set
	Place errs.Place
}

// Sources are where logins may be. Of several for one host the first wins: a URL
// of the requirements, Variable, the command, pip's variables, netrc, the cloud.
type Sources struct {
	Hosts   []string // that the build asks; no other host's login is looked for
	Unsafe  []string // those of them whose answers anyone on the way can read
	URLs    []URL
	Command []string // prints the login of the host that it is given; nil = none
	Lookup  func(string) (string, bool)
	Home    string
	Cloud   Cloud
}

// Any says whether there will be a login for one of the hosts. It reads
// variables and the netrc file, and runs nothing.
func (s Sources) Any() bool {
	if len(s.Hosts) == 0 || len(s.Command) > 0 {
		return len(s.Hosts) > 0
	}
	ambient := s.ambient()
	return slices.ContainsFunc(s.Hosts, func(host string) bool {
		_, ok := pick(ambient, host)
		return ok || !s.Cloud.InBuild && s.cloud(host)
	})
}

// ambient are the logins that are there without asking anyone, those of URLs by
// their hosts alone.
func (s Sources) ambient() []Login {
	all := slices.Concat(s.ours(), s.pips(), s.netrc())
	for _, u := range s.URLs {
		all = append(all, Login{Host: u.Host, User: "of a URL"})
	}
	return all
}

// Collect gives the logins of the hosts, by host; a host without one may need
// none. Errors name the place.
func (s Sources) Collect(ctx context.Context) (Set, error) {
	var set Set
	for _, host := range slices.Compact(slices.Sorted(slices.Values(s.Hosts))) {
		l, ok, err := s.of(ctx, host)
		if err != nil {
			return nil, err
		}
		if ok {
			l.Host = host
			set = append(set, l)
		}
	}
	if len(s.Command) > 0 && len(set) == 0 && !slices.ContainsFunc(s.Hosts, s.cloud) {
		return nil, errs.New(errs.Usage, "Run it as `"+s.Command[0]+" … HOST USER`: it prints the user and the password, a line each, or the password alone.",
			"wheels.credentials_command knows no login for %s", strings.Join(s.Hosts, ", "))
	}
	return set, nil
}

func (s Sources) of(ctx context.Context, host string) (Login, bool, error) {
	named, unset, err := s.url(host)
	if err != nil || named.Password != "" {
		return named, err == nil, err
	}
	if l, ok := pick(s.ours(), host); ok {
		return l, true, nil
	}
	if len(s.Command) > 0 {
		if l, ok, err := s.run(ctx, host, string(named.User)); err != nil || ok {
			return l, ok, err
		}
	}
	for _, logins := range [][]Login{s.pips(), s.netrc()} {
		if l, ok := pick(logins, host); ok {
			return l, true, nil
		}
	}
	if named.User != "" {
		named.Password = noPassword
		return named, true, nil
	}
	if unset != nil {
		return Login{}, false, errs.At(unset.Place, "Set the variable, or give the login another way: "+Ways+".",
			"the URL of %s takes its login from ${%s}, which is not set", host, unset.Unset)
	}
	if !s.Cloud.InBuild && s.cloud(host) {
		l, ok := s.Cloud.Login(ctx)
		return l, ok, nil
	}
	return Login{}, false, nil
}

// Ways are how a login can be given, for hints.
const Ways = "wheels.netrc_secret, wheels.credentials_command, " + Variable + ", or a netrc file"

// url is what the requirements' URLs say of a host: a login, a user alone, or
// that a variable is not set.
func (s Sources) url(host string) (found Login, unset *URL, err error) {
	var first URL
	for _, u := range s.URLs {
		switch {
		case u.Host != host:
		case u.Unset != "":
			unset = &u
		case found.Host == "" || found.Password == "" && u.Password != "":
			found, first = u.Login, u
		case u.Password != "" && (u.User != found.User || u.Password != found.Password):
			return found, nil, errs.At(u.Place, "Give one login for the host.",
				"another login for %s than at %s: a build has one for each host", host, first.From)
		}
	}
	return found, unset, nil
}

// ours are the logins in Variable.
func (s Sources) ours() []Login { return parseNetrc(s.variable(Variable), Variable) }

// pips are the logins in pip's own variables.
func (s Sources) pips() (all []Login) {
	for _, name := range []string{"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"} {
		for _, text := range strings.Fields(s.variable(name)) {
			u, err := url.Parse(text)
			if err != nil || u.User == nil {
				continue
			}
			password, _ := u.User.Password()
			all = append(all, Login{Host: BareHost(u.Host), User: Secret(u.User.Username()), Password: Secret(password), From: name})
		}
	}
	return all
}

// Unused are the hosts that pip's variables have a login for, and that the build
// does not ask: pip on this machine would.
func (s Sources) Unused() (hosts []string) {
	for _, l := range s.pips() {
		if !slices.Contains(s.Hosts, l.Host) && !slices.Contains(hosts, l.Host) {
			hosts = append(hosts, l.Host)
		}
	}
	return hosts
}

// netrc are the logins in the user's netrc file, where other programs find it.
func (s Sources) netrc() []Login {
	names := []string{s.variable("NETRC")}
	if names[0] == "" && s.Home != "" {
		names = []string{filepath.Join(s.Home, ".netrc"), filepath.Join(s.Home, "_netrc")}
	}
	for _, name := range names {
		if data, err := os.ReadFile(name); err == nil {
			return parseNetrc(string(data), name)
		}
	}
	return nil
}

func (s Sources) variable(name string) string {
	if s.Lookup == nil {
		return ""
	}
	v, _ := s.Lookup(name)
	return v
}

// pick is the login of a host, or the one for all hosts.
func pick(logins []Login, host string) (Login, bool) {
	for _, want := range []string{host, ""} {
		for _, l := range logins {
			if l.Host == want && (l.User != "" || l.Password != "") {
				if l.Password == "" {
					l.Password = noPassword
				}
				return l, true
			}
		}
	}
	return Login{}, false
}
