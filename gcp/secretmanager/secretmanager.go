// Package secretmanager keeps a build's secret in Secret Manager, where the
// build's service account reads it. It sees values and passes them on; it knows
// nothing of what is in them.
package secretmanager

import (
	"bytes"
	"context"
	"hash/crc32"
	"path"
	"strconv"
	"strings"
	"sync"

	api "cloud.google.com/go/secretmanager/apiv1"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// Client keeps secrets of a project. It may be shared.
type Client struct {
	access  *gcp.Access
	project string
	region  string // of secrets that are created
	client  func() (*api.Client, error)
}

// New makes a Client, which connects when it is first used.
func New(a *gcp.Access, project, region string) *Client {
	return &Client{access: a, project: project, region: region, client: sync.OnceValues(func() (*api.Client, error) {
		opts, err := a.GRPC(a.Endpoint(gcp.SecretManager))
		if err != nil {
			return nil, err
		}
		c, err := api.NewClient(context.Background(), opts...)
		return c, gcp.Error(err, "connecting to Secret Manager")
	})}
}

// Keep makes value the secret's newest version, and gives that version's name:
// projects/P/secrets/S/versions/7. A secret that is not there is created, in the
// region alone. A version that holds the value already is left as it is; of older
// ones, the last stays, as a build may be about to read it.
func (c *Client) Keep(ctx context.Context, secret string, value []byte) (version string, err error) {
	name := "projects/" + c.project + "/secrets/" + secret
	last, data, err := c.latest(ctx, name)
	switch {
	case err != nil:
		return "", err
	case last != "" && bytes.Equal(data, value):
		return last, nil
	case last == "":
		if err := c.create(ctx, secret); err != nil {
			return "", err
		}
	}
	if version, err = c.add(ctx, name, value); err == nil {
		c.destroy(ctx, name, version)
	}
	return version, err
}

// latest is the newest version with its value; "" when there is none that can
// be read.
func (c *Client) latest(ctx context.Context, name string) (version string, data []byte, err error) {
	sm, err := c.client()
	if err != nil {
		return "", nil, err
	}
	at := c.access.Endpoint(gcp.SecretManager)
	err = c.access.Retry(ctx, at, "reading the secret "+path.Base(name), c.access.Patience(at), func(ctx context.Context) error {
		r, err := sm.AccessSecretVersion(ctx, &secretmanagerpb.AccessSecretVersionRequest{Name: name + "/versions/latest"}, gcp.Once)
		switch gcp.Code(err) {
		case codes.NotFound, codes.FailedPrecondition: // no such secret, no version, or a disabled one
			return nil
		}
		version, data = r.GetName(), r.GetPayload().GetData()
		return err
	})
	return version, data, err
}

// Value reads a version, projects/P/secrets/S/versions/V.
func (c *Client) Value(ctx context.Context, version string) (value string, err error) {
	sm, err := c.client()
	if err != nil {
		return "", err
	}
	at := c.access.Endpoint(gcp.SecretManager)
	err = c.access.Retry(ctx, at, "reading "+version, c.access.Patience(at), func(ctx context.Context) error {
		r, err := sm.AccessSecretVersion(ctx, &secretmanagerpb.AccessSecretVersionRequest{Name: version}, gcp.Once)
		value = string(r.GetPayload().GetData())
		return err
	})
	return value, err
}

func (c *Client) create(ctx context.Context, secret string) error {
	sm, err := c.client()
	if err != nil {
		return err
	}
	at := c.access.Endpoint(gcp.SecretManager)
	return c.access.Retry(ctx, at, "creating the secret "+secret, c.access.Patience(at), func(ctx context.Context) error {
		_, err := sm.CreateSecret(ctx, &secretmanagerpb.CreateSecretRequest{
			Parent: "projects/" + c.project, SecretId: secret,
			Secret: &secretmanagerpb.Secret{
				Labels: map[string]string{"managed-by": "gcpdeploy"},
				Replication: &secretmanagerpb.Replication{Replication: &secretmanagerpb.Replication_UserManaged_{
					UserManaged: &secretmanagerpb.Replication_UserManaged{Replicas: []*secretmanagerpb.Replication_UserManaged_Replica{{Location: c.region}}},
				}},
			},
		}, gcp.Once)
		if gcp.Code(err) == codes.AlreadyExists {
			return nil
		}
		return err
	})
}

// add is made once: a lost answer would make two versions of it. The next run
// finds what it left.
func (c *Client) add(ctx context.Context, name string, value []byte) (string, error) {
	sm, err := c.client()
	if err != nil {
		return "", err
	}
	sum := int64(crc32.Checksum(value, crc32.MakeTable(crc32.Castagnoli)))
	v, err := sm.AddSecretVersion(ctx, &secretmanagerpb.AddSecretVersionRequest{
		Parent: name, Payload: &secretmanagerpb.SecretPayload{Data: value, DataCrc32C: &sum},
	}, gcp.Once)
	return v.GetName(), c.access.Error(err, c.access.Endpoint(gcp.SecretManager), "adding a version to the secret "+path.Base(name))
}

// destroy forgets the version before the one before; whether that succeeds
// makes no difference to this run.
func (c *Client) destroy(ctx context.Context, name, version string) {
	_, number, _ := strings.Cut(version, "/versions/")
	n, err := strconv.Atoi(number)
	if err != nil || n < 3 {
		return
	}
	if sm, err := c.client(); err == nil {
		_, _ = sm.DestroySecretVersion(ctx, &secretmanagerpb.DestroySecretVersionRequest{Name: name + "/versions/" + strconv.Itoa(n-2)}, gcp.Once)
	}
}
