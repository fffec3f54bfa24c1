package secretmanager

import (
	"context"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
)

// Found is what there is of a version of a secret.
type Found int

// What there can be. Unknown: who asks may not look.
const (
	Unknown Found = iota
	NoSecret
	NoVersion
	Unreadable // disabled or destroyed
	Readable
)

// Look says what there is of a version, projects/P/secrets/S/versions/V, without
// reading its value.
func (c *Client) Look(ctx context.Context, secret, version string) (found Found, err error) {
	sm, err := c.client()
	if err != nil {
		return Unknown, err
	}
	at := c.access.Endpoint(gcp.SecretManager)
	err = c.access.Retry(ctx, at, "looking up "+secret, c.access.Patience(at), func(ctx context.Context) error {
		v, err := sm.GetSecretVersion(ctx, &secretmanagerpb.GetSecretVersionRequest{Name: secret + "/versions/" + version}, gcp.Once)
		if err == nil {
			if found = Readable; v.GetState() != secretmanagerpb.SecretVersion_ENABLED {
				found = Unreadable
			}
			return nil
		}
		switch gcp.Code(err) {
		case codes.PermissionDenied:
			found = Unknown
			return nil
		case codes.NotFound:
			found = NoVersion
		default:
			return err
		}
		if _, err = sm.GetSecret(ctx, &secretmanagerpb.GetSecretRequest{Name: secret}, gcp.Once); gcp.Code(err) == codes.NotFound {
			found = NoSecret
		}
		return nil // who may see versions alone knows less, and no fault
	})
	return found, err
}
