package setup_test

import (
	"net/http"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/project"
	"github.com/gcpdeploy/gcpdeploy/gcp/secretmanager"
	"github.com/gcpdeploy/gcpdeploy/gcp/setup"
)

// telling is a project with a topic and a secret that refreshes are told through.
func (w world) telling(t *testing.T) world {
	t.Helper()
	if err := w.Cloud.Project.Enable(t.Context(), []string{gcp.PubSub.Service(), gcp.SecretManager.Service()}); err != nil {
		t.Fatal(err)
	}
	if err := gcp.NewJSON(w.Access, gcp.PubSub).Call(t.Context(), "making a topic", http.MethodPut, "v1/projects/"+id+"/topics/news", struct{}{}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := secretmanager.New(w.Access, id, "europe-west1").Keep(t.Context(), "chat", []byte("https://hooks.example.com/x")); err != nil {
		t.Fatal(err)
	}
	w.Spec.Topics, w.Spec.WebhookSecrets = []string{"news"}, []string{"chat"}
	w.list = setup.List(w.Cloud, w.Spec)
	return w
}

// TestTold: builds may tell of refreshes what the settings name, and no more once
// that is undone.
func TestTold(t *testing.T) {
	t.Parallel()
	w := fresh(t).telling(t)
	w.apply(t)
	for role, on := range map[string]project.Resource{"roles/pubsub.publisher": w.Cloud.Project.Topic("news"), "roles/secretmanager.secretAccessor": w.Cloud.Project.Secret("chat")} {
		p, err := w.Cloud.Project.Policy(t.Context(), on)
		if err != nil || !p.Has(project.Grant{Role: role, Member: "serviceAccount:" + w.Spec.Builds}) {
			t.Errorf("%s: %v, %+v", on.Title, err, p)
		}
	}
	w.undo(t)
	if p, err := w.Cloud.Project.Policy(t.Context(), w.Cloud.Project.Topic("news")); err != nil || len(p.Bindings) > 0 {
		t.Errorf("undone: %v, %+v", err, p)
	}
}
