package project

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// Resource is something that has a policy of who may do what on it.
type Resource struct {
	API   gcp.API
	Path  string // of its own, as its API has it: "v3/projects/p", "storage/v1/b/bucket"
	Title string // "the bucket b"
}

// Itself is the project.
func (c *Client) Itself() Resource {
	return Resource{gcp.ResourceManager, "v3/projects/" + c.Project, "the project " + c.Project}
}

// Bucket is a bucket.
func (c *Client) Bucket(name string) Resource {
	return Resource{gcp.Storage, "storage/v1/b/" + name, "the bucket " + name}
}

// Repository is one of the project's repositories.
func (c *Client) Repository(region, name string) Resource {
	return Resource{gcp.ArtifactRegistry, "v1/projects/" + c.Project + "/locations/" + region + "/repositories/" + name, "the repository " + name}
}

// Secret is one of the project's secrets.
func (c *Client) Secret(name string) Resource {
	return Resource{gcp.SecretManager, "v1/projects/" + c.Project + "/secrets/" + name, "the secret " + name}
}

// Topic is one of the project's topics of Pub/Sub.
func (c *Client) Topic(name string) Resource {
	return Resource{gcp.PubSub, "v1/projects/" + c.Project + "/topics/" + name, "the topic " + name}
}

// ServiceAccount is a service account.
func (c *Client) ServiceAccount(email string) Resource {
	return Resource{gcp.IAM, "v1/projects/" + c.Project + "/serviceAccounts/" + email, "the service account " + email}
}

// Grant is a role for a member: "serviceAccount:x@p.iam.gserviceaccount.com".
type Grant struct{ Role, Member string }

// Policy says who has which role. What it was read with and is not known here
// goes back as it was.
type Policy struct {
	Bindings []Binding
	rest     map[string]json.RawMessage
}

// Binding is a role for some members; one with a condition is left alone.
type Binding struct {
	Role      string          `json:"role"`
	Members   []string        `json:"members"`
	Condition json.RawMessage `json:"condition,omitempty"`
}

// Has says whether a grant is there without a condition.
func (p *Policy) Has(g Grant) bool {
	return slices.ContainsFunc(p.Bindings, func(b Binding) bool {
		return b.Role == g.Role && b.Condition == nil && slices.Contains(b.Members, g.Member)
	})
}

// Names says whether a member has any role without a condition.
func (p *Policy) Names(member string) bool {
	return slices.ContainsFunc(p.Bindings, func(b Binding) bool { return b.Condition == nil && slices.Contains(b.Members, member) })
}

// Add adds a grant, and says whether that changed anything.
func (p *Policy) Add(g Grant) bool {
	if p.Has(g) {
		return false
	}
	for n := range p.Bindings {
		if b := &p.Bindings[n]; b.Role == g.Role && b.Condition == nil {
			b.Members = append(b.Members, g.Member)
			return true
		}
	}
	p.Bindings = append(p.Bindings, Binding{Role: g.Role, Members: []string{g.Member}})
	return true
}

// Remove takes a grant away, and says whether that changed anything.
func (p *Policy) Remove(g Grant) (changed bool) {
	for n := range p.Bindings {
		if b := &p.Bindings[n]; b.Role == g.Role && b.Condition == nil {
			i := slices.Index(b.Members, g.Member)
			if i >= 0 {
				b.Members, changed = slices.Delete(b.Members, i, i+1), true
			}
		}
	}
	p.Bindings = slices.DeleteFunc(p.Bindings, func(b Binding) bool { return len(b.Members) == 0 })
	return changed
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *Policy) UnmarshalJSON(data []byte) error {
	p.rest, p.Bindings = nil, nil
	if err := json.Unmarshal(data, &p.rest); err != nil {
		return err
	}
	if b, ok := p.rest["bindings"]; ok {
		return json.Unmarshal(b, &p.Bindings)
	}
	return nil
}

// MarshalJSON implements json.Marshaler.
func (p *Policy) MarshalJSON() ([]byte, error) {
	all := map[string]any{}
	for k, v := range p.rest {
		all[k] = v
	}
	all["bindings"], all["version"] = p.Bindings, 3
	return json.Marshal(all)
}

// version asks for policies with their conditions; one that is read without them
// and written back would lose them.
const version = "optionsRequestedPolicyVersion=3"

// Policy reads who may do what on something.
func (c *Client) Policy(ctx context.Context, on Resource) (p *Policy, err error) {
	doing := "reading who may do what on " + on.Title
	p = &Policy{}
	switch on.API {
	case gcp.Storage:
		err = c.get(ctx, on.API, doing, on.Path+"/iam?"+version, p)
	case gcp.ResourceManager:
		err = c.post(ctx, on.API, doing, on.Path+":getIamPolicy", map[string]any{"options": map[string]int{"requestedPolicyVersion": 3}}, p)
	case gcp.IAM:
		err = c.post(ctx, on.API, doing, on.Path+":getIamPolicy?options.requestedPolicyVersion=3", nil, p)
	default:
		err = c.get(ctx, on.API, doing, on.Path+":getIamPolicy?options.requestedPolicyVersion=3", p)
	}
	return p, err
}

// changes is how often a policy is read again that somebody else changed meanwhile.
const changes = 10

// Change reads a policy, and writes it where change says that it changed it.
func (c *Client) Change(ctx context.Context, on Resource, change func(*Policy) bool) error {
	doing := "changing who may do what on " + on.Title
	for try := 1; ; try++ {
		p, err := c.Policy(ctx, on)
		if err != nil || !change(p) {
			return err
		}
		if on.API == gcp.Storage {
			err = c.apis[on.API].Call(ctx, doing, http.MethodPut, on.Path+"/iam", p, nil)
		} else {
			err = c.post(ctx, on.API, doing, on.Path+":setIamPolicy", map[string]any{"policy": p}, nil)
		}
		if !stale(err) || try == changes {
			return err
		}
	}
}

// stale says whether a write was refused because another one was there first.
func stale(err error) bool {
	switch gcp.Code(err) {
	case codes.Aborted, codes.AlreadyExists, codes.FailedPrecondition: // 409, and storage's 412
		return true
	}
	return false
}

// Permitted gives those of the permissions that the caller has on something.
func (c *Client) Permitted(ctx context.Context, on Resource, permissions []string) ([]string, error) {
	doing := "asking what you may do on " + on.Title
	var answer struct{ Permissions []string }
	var err error
	if on.API == gcp.Storage {
		err = c.get(ctx, on.API, doing, on.Path+"/iam/testPermissions?"+url.Values{"permissions": permissions}.Encode(), &answer)
	} else {
		err = c.post(ctx, on.API, doing, on.Path+":testIamPermissions", map[string]any{"permissions": permissions}, &answer)
	}
	if gcp.Code(err) == codes.PermissionDenied && gcp.Disabled(err) == "" {
		return nil, nil // who has none of them may not be told
	}
	return answer.Permissions, err
}
