package cloudbuild

import (
	"maps"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/cloudbuild/trigger"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/git"
)

// triggered is what a build has from the trigger that made it. Its zero value is of
// one that none made.
type triggered struct {
	trigger  string            // id
	known    map[string]string // substitutions built in
	approval bool              // somebody has to approve of it
}

// builtin are the substitutions of a triggered build. Source:
// cloud.google.com/build/docs/configuring-builds/substitute-variable-values
var builtin = []string{
	"TRIGGER_NAME", "COMMIT_SHA", "REVISION_ID", "SHORT_SHA", "REPO_NAME", "REPO_FULL_NAME", "BRANCH_NAME", "TAG_NAME", "REF_NAME",
	"TRIGGER_BUILD_CONFIG_PATH", "SERVICE_ACCOUNT_EMAIL", "SERVICE_ACCOUNT", "_HEAD_BRANCH", "_BASE_BRANCH", "_HEAD_REPO_URL", "_PR_NUMBER",
}

// known are the substitutions that a trigger's build has by itself.
func (s *Server) known(p place, t *trigger.Trigger, b *cloudbuildpb.Build, at checkout, path string) map[string]string {
	who := email(b.GetServiceAccount())
	if who == "" {
		who = s.cfg.Projects.BuildAccount(p.project)
	}
	known := map[string]string{"TRIGGER_NAME": t.GetName(), "SERVICE_ACCOUNT_EMAIL": who, "SERVICE_ACCOUNT": "projects/" + p.project + "/serviceAccounts/" + who}
	if path != "" {
		known["TRIGGER_BUILD_CONFIG_PATH"] = path
	}
	if at.remote == "" {
		return known
	}
	known["COMMIT_SHA"], known["REVISION_ID"], known["SHORT_SHA"] = at.commit, at.commit, at.commit[:7]
	known["REPO_NAME"], known["REPO_FULL_NAME"] = git.Name(at.remote), git.FullName(at.remote)
	if ref := at.branch + at.tag; ref != "" {
		known["REF_NAME"] = ref
	}
	if at.branch != "" {
		known["BRANCH_NAME"] = at.branch
	}
	if at.tag != "" {
		known["TAG_NAME"] = at.tag
	}
	maps.Copy(known, at.substitutions)
	return known
}

// mark writes into a build by which trigger it was made, and what was built in.
func (t triggered) mark(b *cloudbuildpb.Build) {
	if t.trigger == "" {
		return
	}
	b.BuildTriggerId = t.trigger
	all := maps.Clone(b.Substitutions)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, t.known)
	delete(all, "SERVICE_ACCOUNT")
	delete(all, "SERVICE_ACCOUNT_EMAIL")
	b.Substitutions = all
}

// again is what a build that is retried has from its trigger.
func again(b *cloudbuildpb.Build) triggered {
	if b.GetBuildTriggerId() == "" {
		return triggered{}
	}
	t := triggered{trigger: b.GetBuildTriggerId(), known: map[string]string{"SERVICE_ACCOUNT": b.GetServiceAccount(), "SERVICE_ACCOUNT_EMAIL": account(b)},
		approval: b.GetApproval().GetConfig().GetApprovalRequired()}
	for _, key := range builtin {
		if v, ok := b.Substitutions[key]; ok {
			t.known[key] = v
		}
	}
	return t
}

// source is a checkout as a build's source.
func (c checkout) source() *cloudbuildpb.Source {
	if c.repository != "" {
		return &cloudbuildpb.Source{Source: &cloudbuildpb.Source_ConnectedRepository{
			ConnectedRepository: &cloudbuildpb.ConnectedRepository{Repository: c.repository, Revision: c.commit}}}
	}
	return &cloudbuildpb.Source{Source: &cloudbuildpb.Source_GitSource{GitSource: &cloudbuildpb.GitSource{Url: c.remote, Revision: c.commit}}}
}
