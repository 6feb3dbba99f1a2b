<?php
/**
 * The badge's icon; its word stands beside it.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

defined( 'ABSPATH' ) || exit;

?>
<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
	<?php if ( 'active' === $this->card->badge_kind ) : ?>
	<path d="M3 8.5 6.5 12 13 4.5" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>
	<?php elseif ( 'error' === $this->card->badge_kind ) : ?>
	<path d="m4 4 8 8m0-8-8 8" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>
	<?php elseif ( 'warning' === $this->card->badge_kind ) : ?>
	<path d="M8 2 15 14H1Z" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/><path d="M8 6.5v3.5m0 1.8v.2" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/>
	<?php else : ?>
	<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 7.5V11M8 5v.2" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/>
	<?php endif; ?>
</svg>
