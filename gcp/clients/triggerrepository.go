package clients

import (
	"cmp"
	"context"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
	"github.com/gcpdeploy/gcpdeploy/gcp/trigger"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/git"
)

// repository is the one of Cloud Build's, or of Developer Connect's, that is hosted
// where a work tree is from. Of GitHub's there may be one of the first generation,
// which nobody can ask about: making the trigger tells.
func (s *Set) repository(ctx context.Context, at workTree, connection string) (trigger.Repository, error) {
	c := s.Triggers()
	found, err := trigger.Find(ctx, c, func(url string) bool {
		p, ok := git.PlaceOf(url)
		return ok && p.Same(at.place)
	})
	if err != nil {
		return trigger.Repository{}, err
	}
	var fit []trigger.Repository
	var in []string
	for _, r := range found.Repositories {
		if connection == "" || r.Connection == connection {
			fit = append(fit, r)
		}
		in = append(in, r.Connection)
	}
	switch {
	case len(fit) > 1:
		return fit[0], errs.New(errs.Usage, "Choose one with --connection.", "%s is in several connections: %s", at.place.URL(), strings.Join(in, ", "))
	case len(fit) == 1:
		if open := found.Connection(fit[0]).Open; open != "" {
			return fit[0], errs.New(errs.Usage, "Finish it on that page, and run again.", "the connection %s, which has %s, %s", fit[0].Connection, at.place.URL(), open)
		}
		return fit[0], nil
	case len(in) > 0:
		return trigger.Repository{}, errs.New(errs.Usage, "Choose another one with --connection.", "%s is not in the connection %s, but in %s", at.place.URL(), connection, strings.Join(in, ", "))
	case at.place.Host == "github.com" && connection == "" && strings.Count(at.place.Path, "/") == 1 && len(found.Connections) == 0:
		return trigger.Repository{Kind: trigger.First, Name: at.place.Path, URL: at.place.URL()}, nil
	}
	return trigger.Repository{}, s.unconnected(c, at.place, found)
}

// unconnected says that a repository is not connected, and how it will be.
func (s *Set) unconnected(c *trigger.Client, place git.Place, found trigger.Found) error {
	first := ""
	if len(found.Connections) > 0 {
		first = found.Connections[0].ID()
	}
	hint := "Connect it on https://console.cloud.google.com/cloud-build/repositories/2nd-gen;region=" + c.Region + "?project=" + c.Project +
		" or by " + connectCommands(place, c, first) + "; nothing was made."
	switch {
	case s.local:
		hint = "Run `gcpdeploy local event connect` in the repository, whose folder then stands for it; nothing was made."
	case c.Region == "global":
		hint = "Name the region of the connection as build.region: triggers in global see no connections."
	}
	text := ""
	if found.Unseen != "" {
		text = " (" + found.Unseen + ")"
	}
	return errs.New(errs.Usage, hint, "%s is not connected to Cloud Build in %s%s", place.URL(), c.Region, text)
}

// Unconnected is the error of making a trigger for a repository of the first generation
// that is not connected; else the error itself.
func (s *Set) Unconnected(err error, t Trigger) error {
	if err == nil || t.GitHub == nil || !strings.Contains(err.Error(), "Repository mapping does not exist") {
		return err
	}
	place := git.Place{Host: "github.com", Path: t.GitHub.Owner + "/" + t.GitHub.Name}
	return s.unconnected(s.Triggers(), place, trigger.Found{})
}

// connectCommands are the commands of gcloud that connect a repository.
func connectCommands(place git.Place, c *trigger.Client, connection string) string {
	where := []string{"--region=" + c.Region, "--project=" + c.Project}
	kind := map[string]string{"github.com": "github", "gitlab.com": "gitlab", "bitbucket.org": "bitbucket-cloud"}[place.Host]
	name := strings.Trim(notInName.ReplaceAllString(strings.ToLower(place.Owner()+"-"+place.Name()), "-"), "-")
	var lines []string
	if connection == "" {
		connection = cmp.Or(kind, "host")
		lines = append(lines, setup.Line(append([]string{"gcloud", "builds", "connections", "create", cmp.Or(kind, "KIND"), connection}, where...)...))
	}
	lines = append(lines, setup.Line(append([]string{"gcloud", "builds", "repositories", "create", name, "--connection=" + connection, "--remote-uri=" + place.URL()}, where...)...))
	return "`" + strings.Join(lines, "`, then `") + "`"
}
