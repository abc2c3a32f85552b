# Bridge::Presets - what an administrator supplies for the presets of custom APIs.
#
#     my $custom = supplied($key)     name to {auth, token_url, url, more}: the settings within
#                                     'auth'; where tokens are fetched, where they are; where the
#                                     service is, where the preset does not know; further settings.
#                                     $key: the file of a private key
#
# Every secret in it has the word "s3cret".
package Bridge::Presets;
use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw(supplied);

my $client = 'client_id = "me"; client_secret = "s3cret-of-client";';
my $bearer = 'type = "bearer"; token = "s3cret-token";';
my $refresh = "type = \"refresh_token\"; $client refresh_token = \"s3cret-refresh\";";

sub supplied {
    my ($key) = @_;
    return {
        'box-rest' => { auth => $bearer },
        'dropbox-business' =>
            { auth => $refresh, token_url => 'https://api.dropboxapi.com/oauth2/token' },
        'gitlab-rest' => {
            auth => 'type = "header"; name = "PRIVATE-TOKEN"; value = "s3cret-value";',
            url => 'https://gitlab.corp.example/api/v4',
        },
        'google-workspace' => {
            auth => 'type = "jwt_bearer"; issuer = "bridge@p.iam.gserviceaccount.com"; '
                . "subject = \"admin\@corp.example\"; key_file = \"$key\";",
            token_url => 'https://oauth2.googleapis.com/token',
        },
        'microsoft-graph' => {
            auth => "type = \"client_credentials\"; $client",
            token_url => 'https://login.microsoftonline.com/T/oauth2/v2.0/token',
        },
        'okta-users' => {
            auth => 'type = "bearer"; prefix = "SSWS"; token = "s3cret-token";',
            url => 'https://corp.okta.com',
        },
        'plain-form' => { auth => 'type = "header"; name = "X-Api-Key"; value = "s3cret-value";' },
        'salesforce-rest' => {
            auth => $bearer,
            url => 'https://corp.my.salesforce.com',
            more => 'parameters = { profile = "00e000000000001"; };',
        },
        'servicenow-table' => {
            auth => 'type = "basic"; user = "bridge"; password = "s3cret-password";',
            url => 'https://corp.service-now.com',
        },
        'slack-admin' =>
            { auth => $bearer, more => 'parameters = { team = "T1"; channels = "C1,C2"; };' },
        'zendesk' => {
            auth => 'type = "basic"; user = "admin@corp.example/token"; '
                . 'password = "s3cret-password";',
            url => 'https://corp.zendesk.com/api/v2',
        },
        'zoho-crm' => {
            auth => $refresh,
            token_url => 'https://accounts.zoho.com/oauth/v2/token',
            more => 'parameters = { role = "554023000000015969"; '
                . 'profile = "554023000000015972"; };',
        },
        'zoho-one' => {
            auth => $refresh,
            token_url => 'https://accounts.zoho.eu/oauth/v2/token',
            more => 'parameters = { org = "60001"; region = { value = "eu"; }; };',
        },
        'zoom-rest' => {
            auth => "type = \"client_credentials\"; $client parameters = { account_id = \"A1\"; };",
            token_url => 'https://zoom.us/oauth/token',
        },
    };
}

1;
