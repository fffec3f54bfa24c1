package appengine

import "slices"

// locations are where applications can be. Two are named without the number that
// their regions have elsewhere. Source: cloud.google.com/appengine/docs/flexible/locations.
var locations = []string{
	"asia-east1", "asia-east2", "asia-northeast1", "asia-northeast2", "asia-northeast3", "asia-south1", "asia-southeast1", "asia-southeast2",
	"australia-southeast1", "europe-central2", "europe-west", "europe-west2", "europe-west3", "europe-west6", "northamerica-northeast1",
	"southamerica-east1", "us-central", "us-east1", "us-east4", "us-west1", "us-west2", "us-west3", "us-west4",
}

// local is the project of what runs on this machine alone, and where its application is.
const local = "local"

// region is that of a location.
func region(location string) string {
	if location == "europe-west" || location == "us-central" {
		return location + "1"
	}
	return location
}

// available says whether an application can be in a location.
func available(location string) bool {
	return location == local || slices.Contains(locations, location)
}

// listed is a location as the API shows it.
func listed(project, id string) document {
	return document{
		"name": "apps/" + project + "/locations/" + id, "locationId": id, "labels": document{"cloud.googleapis.com/region": id},
		"metadata": document{
			"@type":                        "type.googleapis.com/google.appengine.v1.LocationMetadata",
			"standardEnvironmentAvailable": true, "flexibleEnvironmentAvailable": true, "searchApiAvailable": true,
		},
	}
}
