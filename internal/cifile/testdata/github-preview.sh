# the account that github is at Google
gcloud iam service-accounts create gcpdeploy-ci '--display-name=gcpdeploy on github' --project=my-project
# with the roles of who deploys
gcpdeploy setup --deployer=serviceAccount:gcpdeploy-ci@my-project.iam.gserviceaccount.com
# what checks its identity tokens
gcloud services enable iamcredentials.googleapis.com sts.googleapis.com --project=my-project
# no keys: a pool of identities
gcloud iam workload-identity-pools create gcpdeploy --location=global --project=my-project
# and who makes them, of this repository alone
gcloud iam workload-identity-pools providers create-oidc github --location=global --workload-identity-pool=gcpdeploy --issuer-uri=https://token.actions.githubusercontent.com --attribute-mapping=google.subject=assertion.sub,attribute.repository=assertion.repository '--attribute-condition=assertion.repository == '\''acme/shop'\''' --project=my-project
# whose runs may be the account
gcloud iam service-accounts add-iam-policy-binding gcpdeploy-ci@my-project.iam.gserviceaccount.com --role=roles/iam.workloadIdentityUser --member=principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/gcpdeploy/attribute.repository/acme/shop --project=my-project
# which deletes previews: builds release them, and the run itself takes them away
gcloud projects add-iam-policy-binding my-project --member=serviceAccount:gcpdeploy-ci@my-project.iam.gserviceaccount.com --role=roles/run.developer --condition=None
# and for that changes the service, which runs as another account
gcloud iam service-accounts add-iam-policy-binding shop@my-project.iam.gserviceaccount.com --role=roles/iam.serviceAccountUser --member=serviceAccount:gcpdeploy-ci@my-project.iam.gserviceaccount.com --project=my-project
