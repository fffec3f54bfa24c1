// Package doctor looks at a project with the eyes of who deploys to it: who they
// are, what they may do, what the organisation forbids, and whether all that setup
// makes is there. Each look is a value in one table. It changes nothing.
package doctor

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/internal/doctor"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// Patient is what is looked at.
type Patient struct {
	Cloud  setup.Cloud
	Spec   setup.Spec
	Steps  func() []setup.Step // how it stands; asked once
	Mend   func(kind string) string
	Named  bool           // the builds' account is the configuration's
	Public bool           // the app is to be called by everybody
	Own    release.Own    // the service, where roles may be on it; zero = they may not
	Agent  *release.Agent // of the target; nil = it has none that is looked at
	Now    func() time.Time
}

// Checks is the table. Who has no credentials is told that alone: what else there is
// cannot be seen.
func Checks(ctx context.Context, p Patient) []doctor.Check {
	nobody := sync.OnceValue(func() bool {
		_, err := p.Cloud.Access.Token(ctx)
		return err != nil
	})
	checks := []doctor.Check{
		{Name: "credentials", Run: p.credentials},
		{Name: "clock", Run: p.clock},
		{Name: "project", Run: p.project},
		{Name: "billing", Run: p.billing},
		{Name: "setup", Run: p.setup},
		{Name: "builds' account", Run: p.buildsAccount},
		{Name: "service agent", Run: p.agent},
		{Name: "notify", Run: p.told},
		{Name: "package index", Run: p.indexes},
	}
	for _, on := range personal {
		checks = append(checks, doctor.Check{Name: "your rights", Run: func(ctx context.Context) []doctor.Finding { return p.permissions(ctx, on) }})
	}
	for _, c := range constraints {
		checks = append(checks, doctor.Check{Name: "organisation", Run: func(ctx context.Context) []doctor.Finding { return p.constraint(ctx, c) }})
	}
	for i, c := range checks {
		if c.Name == "credentials" || c.Name == "clock" { // a wrong clock makes credentials fail
			continue
		}
		checks[i].Run = func(ctx context.Context) []doctor.Finding {
			if nobody() {
				return nil
			}
			return c.Run(ctx)
		}
	}
	return checks
}

func (p Patient) credentials(ctx context.Context) []doctor.Finding {
	id, err := p.Cloud.Access.Identity()
	if err == nil {
		_, err = p.Cloud.Access.Token(ctx)
	}
	if err != nil {
		f := doctor.Of(err)
		f[0].Mark = doctor.Fail
		return f
	}
	text := id.String() + ", from " + id.From
	if !id.Since.IsZero() {
		text += ", written " + ui.Age(p.Now().Sub(id.Since)) + " ago"
	}
	if until, err := p.Cloud.Access.Expiry(ctx); err == nil && !until.IsZero() {
		text += "; the token is good for " + ui.Age(until.Sub(p.Now()))
	}
	return doctor.Well(text)
}

// How wrong the clock may be: a token is refused that is of the future, and Google
// allows for some minutes.
const (
	clockWarns = 30 * time.Second
	clockFails = 5 * time.Minute
)

// clock compares this machine's with the server's, whose answer may have taken as
// long as asking did.
func (p Patient) clock(ctx context.Context) []doctor.Finding {
	at := p.Cloud.Access.Endpoint(gcp.Storage)
	if at == "" {
		at = "https://" + gcp.Storage.Service()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, at, nil)
	if err != nil {
		return doctor.Of(gcp.Error(err, "asking for the time"))
	}
	began := p.Now()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return doctor.Of(gcp.Error(err, "asking for the time"))
	}
	defer resp.Body.Close()
	ended := p.Now()
	theirs, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return []doctor.Finding{{Mark: doctor.Warn, Text: "the server does not say what time it is"}}
	}
	var off time.Duration
	switch {
	case theirs.Before(began.Add(-time.Second)):
		off = began.Sub(theirs)
	case theirs.After(ended):
		off = theirs.Sub(ended)
	}
	text := "agrees with the server's"
	if off >= time.Second {
		text = "is off by " + ui.Duration(off)
	}
	switch {
	case off >= clockFails:
		return []doctor.Finding{{Mark: doctor.Fail, Text: text, Fix: "sudo timedatectl set-ntp true"}}
	case off >= clockWarns:
		return []doctor.Finding{{Mark: doctor.Warn, Text: text, Fix: "sudo timedatectl set-ntp true"}}
	}
	return doctor.Well(text)
}

func (p Patient) project(ctx context.Context) []doctor.Finding {
	info, err := p.Cloud.Project.Info(ctx)
	switch {
	case err != nil:
		f := doctor.Of(err)
		if f[0].Mark == doctor.Warn {
			f[0].Text += "; without this right the project may be there all the same"
		}
		return f
	case !info.Active:
		return []doctor.Finding{{Mark: doctor.Fail, Text: p.Spec.Project + " is about to be deleted", Fix: "gcloud projects undelete " + p.Spec.Project}}
	}
	return doctor.Well(p.Spec.Project + ", number " + info.Number)
}

func (p Patient) billing(ctx context.Context) []doctor.Finding {
	on, err := p.Cloud.Project.Billed(ctx)
	switch {
	case err != nil:
		return unseen(err)
	case !on:
		return []doctor.Finding{{Mark: doctor.Fail, Text: "no account pays for " + p.Spec.Project, Fix: "gcloud billing projects link " + p.Spec.Project + " --billing-account=ACCOUNT"}}
	}
	return doctor.Well("an account pays for " + p.Spec.Project)
}

// setup gives a line for each thing that setup makes.
func (p Patient) setup(context.Context) (all []doctor.Finding) {
	for _, s := range p.Steps() {
		f := doctor.Finding{Name: s.Kind(), Mark: doctor.OK, Text: s.Name()}
		if s.Detail != "" {
			f.Text += ": " + s.Detail
		}
		switch {
		case s.Err != nil:
			f = unseen(s.Err)[0]
			f.Name, f.Text = s.Kind(), s.Name()+" cannot be seen: "+f.Text
		case s.Fix != "":
			f.Mark, f.Fix = doctor.Fail, s.Fix
		case s.Found == setup.Missing && optional(s.Kind()):
			f.Mark, f.Fix = doctor.Warn, p.Mend(s.Kind())
		case s.Lacks():
			f.Mark, f.Text, f.Fix = doctor.Fail, fmt.Sprintf("%s, %s", f.Text, s.Found), p.Mend(s.Kind())
			if err := setup.Undecided([]setup.Step{s}); err != nil {
				f.Fix += ". " + errs.HintOf(err)
			}
		}
		all = append(all, f)
	}
	return all
}

// optional are kinds that deploys do without: they then use other names.
func optional(kind string) bool { return kind == "settings" }

// unseen is the finding of something that could not be looked at: it may be well.
func unseen(err error) []doctor.Finding {
	f := doctor.Of(err)
	f[0].Mark = doctor.Warn
	return f
}
