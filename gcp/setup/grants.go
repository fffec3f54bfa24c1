package setup

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
)

// grants are the roles on one resource.
type grants struct {
	cloud  Cloud
	spec   Spec
	on     rights.Resource
	grants []project.Grant
	index  Index
	name   string // of the secret or topic that they are on, if they are on one
}

var _ Resource = grants{}

// grantsOn are the roles on a resource that the table of rights asks for: always,
// and in the cases that setup brings about.
func grantsOn(c Cloud, s Spec, on rights.Resource) grants {
	g := grants{cloud: c, spec: s, on: on}
	for _, who := range []rights.Identity{rights.Builds, rights.App, rights.Scheduler, rights.PullRequests, rights.Person} {
		g.add(who, on, s.Cases().When...)
	}
	return g
}

// secretGrants are the roles on a secret. Making secrets is somebody's: one that is
// not there is waited for.
func secretGrants(c Cloud, s Spec, name string) grants {
	g := grants{cloud: c, spec: s, on: rights.Secret, name: name}
	if slices.Contains(s.AppSecrets, name) {
		g.add(rights.App, rights.Secret, rights.Secrets)
	}
	if name == s.KeptSecret || slices.Contains(s.LoginSecrets, name) {
		g.add(rights.Builds, rights.LoginSecret, rights.Logins)
	}
	if name == s.KeptSecret {
		g.add(rights.Person, rights.LoginSecret, rights.Logins)
	}
	if slices.Contains(s.WebhookSecrets, name) {
		g.add(rights.Builds, rights.WebhookSecret, rights.Notify)
		g.add(rights.Person, rights.WebhookSecret, rights.Notify)
	}
	return g
}

// add adds the roles that an identity needs on a resource in some cases, once.
func (g *grants) add(who rights.Identity, on rights.Resource, when ...rights.When) {
	s := g.spec
	members := map[rights.Identity][]string{
		rights.Builds: {"serviceAccount:" + s.Builds}, rights.App: {"serviceAccount:" + s.App},
		rights.Scheduler: {"serviceAccount:" + s.Scheduler}, rights.Person: s.Deployers,
	}
	if s.PullRequests != "" {
		members[rights.PullRequests] = []string{"serviceAccount:" + s.PullRequests}
	}
	for _, member := range members[who] {
		for _, r := range rights.Grants(who, rights.Cases{When: when, Without: s.Unused}) {
			grant := project.Grant{Role: r.Role, Member: member}
			if r.On == on && !slices.Contains(g.grants, grant) {
				g.grants = append(g.grants, grant)
			}
		}
	}
}

// Kind implements Resource.
func (g grants) Kind() string { return "roles" }

// Name implements Resource.
func (g grants) Name() string { return "roles on the " + g.resource().Title }

// resource is what the roles are on.
func (g grants) resource() project.Resource {
	p, s := g.cloud.Project, g.spec
	if p == nil {
		p = &project.Client{Project: s.Project} // for names alone
	}
	var r project.Resource
	switch g.on {
	case rights.Repository:
		r = p.Repository(s.Region, s.Repository)
	case rights.SourceBucket:
		r = p.Bucket(s.SourceBucket)
	case rights.LogsBucket:
		r = p.Bucket(s.LogsBucket)
	case rights.BuildsAccount:
		r = p.ServiceAccount(s.Builds)
	case rights.AppAccount:
		r = p.ServiceAccount(s.App)
	case rights.PullsAccount:
		r = p.ServiceAccount(s.PullRequests)
	case rights.Secret:
		r = p.Secret(g.name)
	case rights.Topic:
		r = p.Topic(g.name)
	case rights.PythonRepository:
		r = g.index.Resource()
	default:
		r = p.Itself()
	}
	r.Title = strings.TrimPrefix(r.Title, "the ")
	return r
}

// Observe implements Resource.
func (g grants) Observe(ctx context.Context) (State, error) {
	policy, err := g.cloud.Project.Policy(ctx, g.resource())
	absent := gcp.Code(err) == codes.NotFound
	switch {
	case absent && g.name != "", gcp.Disabled(err) != "" && g.kept():
		return State{Found: Present, Detail: "is not there yet"}, nil
	case absent:
		return State{Found: Missing, Detail: told(g.grants)}, nil
	case err != nil:
		return State{}, err
	}
	lack := slices.DeleteFunc(slices.Clone(g.grants), policy.Has)
	switch len(lack) {
	case 0:
		return State{Found: Present, Detail: told(g.grants)}, nil
	case len(g.grants):
		return State{Found: Missing, Detail: told(lack)}, nil
	}
	return State{Found: Differs, Detail: "lack " + told(lack)}, nil
}

// kept says whether the roles are on the secret that deploys make where they need it.
func (g grants) kept() bool {
	return g.on == rights.Secret && g.name != "" && g.name == g.spec.KeptSecret
}

func told(grants []project.Grant) string {
	var all []string
	for _, g := range grants {
		_, who, _ := strings.Cut(g.Member, ":")
		who, _, _ = strings.Cut(who, "@")
		all = append(all, strings.TrimPrefix(g.Role, "roles/")+" to "+who)
	}
	return strings.Join(all, ", ")
}

// Make implements Resource.
func (g grants) Make(ctx context.Context) error {
	err := g.cloud.Project.Change(ctx, g.resource(), func(p *project.Policy) (changed bool) {
		for _, grant := range g.grants {
			changed = p.Add(grant) || changed
		}
		return changed
	})
	if g.name != "" && gcp.Code(err) == codes.NotFound {
		return nil // as Observe says, where it can see that
	}
	return err
}

// Remove implements Resource.
func (g grants) Remove(ctx context.Context) error {
	err := g.cloud.Project.Change(ctx, g.resource(), func(p *project.Policy) (changed bool) {
		for _, grant := range g.grants {
			changed = p.Remove(grant) || changed
		}
		return changed
	})
	if gcp.Code(err) == codes.NotFound {
		return nil
	}
	return err
}

// of are those to some members.
func (g grants) of(members map[string]bool) grants {
	g.grants = slices.DeleteFunc(slices.Clone(g.grants), func(grant project.Grant) bool { return !members[grant.Member] })
	return g
}
