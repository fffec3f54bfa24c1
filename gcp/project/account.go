package project

import (
	"context"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// Account is a service account.
type Account struct {
	Title       string // its displayName
	Description string
	Disabled    bool
}

// Email is the address of the project's service account of that name.
func (c *Client) Email(name string) string { return Email(name, c.Project) }

// Email is the address of a project's service account.
func Email(name, project string) string {
	// A project of a domain is written a.com:p, but p.a.com in addresses.
	if domain, id, ok := strings.Cut(project, ":"); ok {
		project = id + "." + domain
	}
	return name + "@" + project + ".iam.gserviceaccount.com"
}

// Account looks for a service account; ok is false where there is none.
func (c *Client) Account(ctx context.Context, email string) (a Account, ok bool, err error) {
	var found struct {
		DisplayName, Description string
		Disabled                 bool
	}
	err = c.get(ctx, gcp.IAM, "looking for the service account "+email, "v1/projects/"+c.Project+"/serviceAccounts/"+email, &found)
	if gcp.Code(err) == codes.NotFound {
		return Account{}, false, nil
	}
	return Account{found.DisplayName, found.Description, found.Disabled}, err == nil, err
}

// CreateAccount makes a service account. One that is there is no error.
func (c *Client) CreateAccount(ctx context.Context, email string, a Account) error {
	name, _, _ := strings.Cut(email, "@")
	body := map[string]any{"accountId": name, "serviceAccount": map[string]string{"displayName": a.Title, "description": a.Description}}
	err := c.post(ctx, gcp.IAM, "creating the service account "+email, "v1/projects/"+c.Project+"/serviceAccounts", body, nil)
	if gcp.Code(err) == codes.AlreadyExists {
		return nil
	}
	return err
}

// EnableAccount enables a service account that was disabled.
func (c *Client) EnableAccount(ctx context.Context, email string) error {
	return c.post(ctx, gcp.IAM, "enabling the service account "+email, "v1/projects/"+c.Project+"/serviceAccounts/"+email+":enable", nil, nil)
}

// DeleteAccount removes a service account. One that is not there is no error.
func (c *Client) DeleteAccount(ctx context.Context, email string) error {
	err := c.apis[gcp.IAM].Call(ctx, "deleting the service account "+email, http.MethodDelete, "v1/projects/"+c.Project+"/serviceAccounts/"+email, nil, nil)
	if gcp.Code(err) == codes.NotFound {
		return nil
	}
	return err
}
