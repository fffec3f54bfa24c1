package setup

import (
	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
)

// Index is a repository of Artifact Registry that packages come from.
type Index struct{ Project, Location, Repository string }

// Resource is what roles on it are granted on.
func (i Index) Resource() project.Resource {
	return project.Resource{
		API:   gcp.ArtifactRegistry,
		Path:  "v1/projects/" + i.Project + "/locations/" + i.Location + "/repositories/" + i.Repository,
		Title: "the package index " + i.Location + "/" + i.Repository,
	}
}

// Grant are the words of gcloud's command that grants a role on it.
func (i Index) Grant() []string {
	return []string{"artifacts", "repositories", "add-iam-policy-binding", i.Repository, "--project=" + i.Project, "--location=" + i.Location}
}

// indexGrants are the roles on the package indexes of the project. Those of others are
// theirs to grant.
func indexGrants(c Cloud, s Spec) (all []Resource) {
	for _, i := range s.Indexes {
		if i.Project != s.Project {
			continue
		}
		g := grants{cloud: c, spec: s, on: rights.PythonRepository, name: i.Location + "_" + i.Repository, index: i}
		g.add(rights.Builds, rights.PythonRepository, rights.Indexes)
		g.add(rights.Person, rights.PythonRepository, rights.Indexes)
		all = append(all, g)
	}
	return all
}
