package cifile

import (
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
)

// Next are the lines of a shell that make what the file relies on, each with what it
// is for before it, as a comment.
func Next(v Values) (lines []string) {
	say := func(comment string, words ...string) {
		lines = append(lines, "# "+comment, strings.Join(words, " "))
	}
	project := "--project=" + Word(v.Project)
	gcloud := func(comment string, words ...string) {
		for n := range words {
			words[n] = Word(words[n])
		}
		say(comment, append(append([]string{"gcloud"}, words...), project)...)
	}
	gcloud("the account that "+v.System+" is at Google", "iam", "service-accounts", "create", accountName, "--display-name=gcpdeploy on "+v.System)
	say("with the roles of who deploys", "gcpdeploy", "setup", "--deployer="+Word("serviceAccount:"+v.Account()))
	switch v.System {
	case ci.GitHub, ci.GitLab:
		issuer, claim := "https://token.actions.githubusercontent.com", "repository"
		if v.System == ci.GitLab {
			issuer, claim = "https://"+v.Host, "project_path"
		}
		gcloud("what checks its identity tokens", "services", "enable", "iamcredentials.googleapis.com", "sts.googleapis.com")
		gcloud("no keys: a pool of identities", "iam", "workload-identity-pools", "create", pool, "--location=global")
		gcloud("and who makes them, of this repository alone", "iam", "workload-identity-pools", "providers", "create-oidc", v.System, "--location=global", "--workload-identity-pool="+pool,
			"--issuer-uri="+issuer, "--attribute-mapping=google.subject=assertion.sub,attribute.repository=assertion."+claim,
			"--attribute-condition=assertion."+claim+" == '"+v.Repository+"'")
		gcloud("whose runs may be the account", "iam", "service-accounts", "add-iam-policy-binding", v.Account(), "--role=roles/iam.workloadIdentityUser",
			"--member=principalSet://iam.googleapis.com/projects/"+v.Number+"/locations/global/workloadIdentityPools/"+pool+"/attribute.repository/"+v.Repository)
		if v.Previews {
			say("which deletes previews: builds release them, and the run itself takes them away", "gcloud", "projects", "add-iam-policy-binding", Word(v.Project),
				Word("--member=serviceAccount:"+v.Account()), "--role=roles/run.developer", "--condition=None")
		}
		if v.Previews && v.RunsAs != "" {
			gcloud("and for that changes the service, which runs as another account", "iam", "service-accounts", "add-iam-policy-binding", v.RunsAs, "--role=roles/iam.serviceAccountUser", "--member=serviceAccount:"+v.Account())
		}
	case ci.Drone, ci.Woodpecker:
		gcloud("a key of it, as "+v.System+" makes no identity tokens that Google takes", "iam", "service-accounts", "keys", "create", "key.json", "--iam-account="+v.Account())
		host, _, _ := strings.Cut(v.Image, "/")
		if v.System == ci.Drone {
			say("which a step gets as a secret", "drone", "secret", "add", "--repository="+Word(v.Repository), "--name=gcpdeploy_key", "--data=@key.json")
			say("and Drone itself, to pull gcpdeploy's image", "docker", "login", "--username=_json_key", "--password-stdin", Word("https://"+host), "<", "key.json", "&&",
				"drone", "secret", "add", "--repository="+Word(v.Repository), "--name=gcpdeploy_registry", `--data=@"$HOME/.docker/config.json"`)
		} else {
			say("which a step gets as a secret", "woodpecker-cli", "repo", "secret", "add", "--repository="+Word(v.Repository), "--name=gcpdeploy_key", "--event=push", "--event=pull_request", "--value=@key.json")
			say("and Woodpecker itself, to pull gcpdeploy's image", "woodpecker-cli", "repo", "registry", "add", "--repository="+Word(v.Repository), "--hostname="+Word(host), "--username=_json_key", "--password=@key.json")
		}
		say("which is then needed nowhere else", "rm", "key.json")
	}
	return lines
}
