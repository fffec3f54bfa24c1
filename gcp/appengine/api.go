package appengine

import (
	"strings"
	"time"
)

// What we read and write of App Engine's resources (cloud.google.com/appengine/docs/admin-api).

// application is a project's App Engine: there is one, or none.
type application struct {
	LocationID    string // "europe-west", "us-central", "asia-northeast1"
	ServingStatus string
	IAP           struct{ Enabled bool }
}

// region is where Cloud Run and others call the application's location so: two of
// App Engine's names are older than the digit.
func (a application) region() string {
	if a.LocationID == "europe-west" || a.LocationID == "us-central" {
		return a.LocationID + "1"
	}
	return a.LocationID
}

// service is a service with the division of its traffic.
type service struct {
	ID              string            `json:"id,omitempty"`
	Split           split             `json:"split,omitzero"`
	Labels          map[string]string `json:"labels,omitempty"`
	NetworkSettings struct {
		IngressTrafficAllowed string
	} `json:"-"`
}

// split divides traffic among versions: 1 is all of it.
type split struct {
	ShardBy     string             `json:"shardBy,omitempty"`
	Allocations map[string]float64 `json:"allocations,omitempty"`
}

// existing is a version as it is there.
type existing struct {
	ID            string
	ServingStatus string
	CreateTime    time.Time
	CreatedBy     string
	VersionURL    string
	EnvVariables  map[string]string
	Deployment    struct{ Container struct{ Image string } }
	// What others may change of a version of the flexible environment.
	AutomaticScaling *automatic
	ManualScaling    *manual
}

// stopped says that nothing of it runs.
func (v existing) stopped() bool { return v.ServingStatus == "STOPPED" }

// serviceURL is where the service answers: where its version does, without the version.
func (v existing) serviceURL() string {
	url := v.VersionURL
	for _, first := range []string{v.ID + "-dot-", v.ID + "."} {
		if short := strings.Replace(url, "//"+first, "//", 1); short != url {
			return short
		}
	}
	return url
}

// operation is a change under way.
type operation struct {
	Name     string // apps/APP/operations/UUID
	Done     bool
	Metadata struct {
		Method, Target, User, EphemeralMessage string
		Warning                                []string
	}
	Error *failed
}

// creates says whether it makes a version, whichever of the API's versions was asked.
func (o operation) creates() bool {
	return strings.HasSuffix(o.Metadata.Method, ".Versions.CreateVersion")
}

// failed is what an operation ended with.
type failed struct {
	Code    int // of google.rpc.Code
	Message string
}
