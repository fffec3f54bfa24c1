package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	cloud "github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/secretmanager"
)

// TestLeastRights: an empty project is set up by its owner, and deployed to by
// somebody who has what setup gave. Then each role is taken away, and something says
// which it was, on what, and whose.
func TestLeastRights(t *testing.T) {
	t.Parallel()
	w := newWalk(t, gcp.SecretManager)
	for _, name := range []string{"api-key", "pip-netrc"} {
		if _, err := secretmanager.New(w.access, project, region).Keep(t.Context(), name, []byte("machine h login u password p")); err != nil {
			t.Fatal(err)
		}
	}
	w.settings(t, "run: {secrets: {API_KEY: api-key:latest}}\nstart: {path: /}\nwheels: {netrc_secret: pip-netrc}\n")
	if got := w.command(t.Context(), w.of("doctor")).text(t, 1); !strings.Contains(got, "✗ repository") || !strings.Contains(got, "✗ builder") {
		t.Errorf("an empty project, says doctor:\n%s", got)
	}
	w.setup(t)
	w.without(t, w.granted(t))

	// Logins that deploys keep themselves, which an owner does first; logs elsewhere.
	before := w.granted(t)
	w.settings(t, "build: {logging: CLOUD_LOGGING_ONLY}\nstart: {path: /}\n")
	w.index = "--index-url https://pypi.example.com/simple\n"
	w.setup(t)
	w.require(t)
	u := w.commandIn(t.Context(), w.login(w.lookup), w.of("up", "--json"))
	<-u.done
	if text := u.out.String(); u.exit == 0 || !strings.Contains(text, "roles/secretmanager.secretAccessor") || !strings.Contains(text, "the secret gcpdeploy-hello-netrc") {
		t.Errorf("an owner's login, before builds may read it, ends with %d:\n%s", u.exit, text)
	}
	w.setup(t)
	w.without(t, slices.DeleteFunc(w.granted(t), func(g granted) bool {
		return slices.ContainsFunc(before, func(b granted) bool { return b.Grant == g.Grant && b.name == g.name })
	}))
}

// without takes each role away, looks who notices, and gives it back.
func (w *walk) without(t *testing.T, all []granted) {
	t.Helper()
	if exit, got := w.wheels(t); exit != 0 || strings.Contains(got, "roles/") {
		t.Fatalf("with all that setup gave it ends with %d:\n%s", exit, got)
	}
	if exit, got := w.stepped(t); exit != 0 || strings.Contains(got, "roles/") {
		t.Fatalf("as a step of a build, with all that setup gave it ends with %d:\n%s", exit, got)
	}
	var table strings.Builder
	rows := tabwriter.NewWriter(&table, 0, 8, 2, ' ', 0)
	for _, g := range all {
		change := func(how func(*cloud.Policy, cloud.Grant) bool) {
			if err := w.Change(t.Context(), g.on, func(p *cloud.Policy) bool { return how(p, g.Grant) }); err != nil {
				t.Fatal(err)
			}
		}
		change((*cloud.Policy).Remove)
		command, exit := w.noticed(t, g)
		change((*cloud.Policy).Add)
		fmt.Fprintf(rows, "%s\t%s\t%s\t%s\t%d\n", strings.TrimPrefix(g.Role, "roles/"), strings.TrimSuffix(g.name, domain), strings.TrimSuffix(g.who(), domain), command, exit)
	}
	if err := rows.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("taken away, on, from, told by, exit code\n%s", &table)
	if exit, got := w.wheels(t); exit != 0 {
		t.Errorf("with all given back it ends with %d:\n%s", exit, got)
	}
}

// noticed is the command that tells of a role that was taken away.
func (w *walk) noticed(t *testing.T, g granted) (command string, exit int) {
	t.Helper()
	type try struct {
		name string
		run  func(*testing.T) (int, string)
	}
	commands := []try{
		{"up", w.deploy}, {"up, wheels", w.wheels},
		{"logs", func(t *testing.T) (int, string) { return w.try(t, "logs") }},
		{"curl", func(t *testing.T) (int, string) { return w.try(t, "curl", "--fail") }},
	}
	who := g.who()
	if who == builds {
		commands = append(commands, try{"up in a build", w.stepped})
	}
	if who == scheduler {
		commands = []try{{"a schedule", w.schedule}}
	}
	var said strings.Builder
	for _, c := range commands {
		exit, text := c.run(t)
		lacks := slices.DeleteFunc([]string{g.Role, g.name, who}, func(s string) bool { return strings.Contains(text, s) })
		if len(lacks) == 0 {
			return c.name, exit
		}
		if exit != 0 {
			t.Errorf("%s on %s taken away from %s: %s ends with %d, and does not say %q:\n%s", g.Role, g.name, who, c.name, exit, lacks, text)
			return c.name, exit
		}
		fmt.Fprintf(&said, "%s:\n%s\n", c.name, text)
	}
	t.Errorf("nobody noticed that %s on %s was taken away from %s:\n%s", g.Role, g.name, who, &said)
	return "nobody", 0
}
