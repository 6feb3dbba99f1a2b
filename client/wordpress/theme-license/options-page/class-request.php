<?php
/**
 * What is the owner at, as far as the card is concerned?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\Options_Page;

defined( 'ABSPATH' ) || exit;

/**
 * What one view of the page is about, beside what the site keeps.
 */
final class Request {

	/** The page's own address. */
	public string $address = '';

	/** @var array<string, string> What every form of the page carries. */
	public array $hidden_fields = array();

	/** What the last click came to, where it failed. */
	public ?Failure $failure = null;

	/** Whether the owner is about to carry a request to the portal. */
	public bool $is_offline_step = false;

	/** Whether the owner asked for the field where none is needed. */
	public bool $wants_key = false;

	/** Whether the owner is asked whether to deactivate. */
	public bool $is_confirming = false;

	/** What the last click did: a name in `Sentences::DONE`, as the address says. */
	public string $done = '';

	/** The domain that a site under a development name will have. */
	public ?string $public_name = null;

	/** The domain that wp-config.php sets, where it is not the site's. */
	public ?string $other_domain = null;
}
