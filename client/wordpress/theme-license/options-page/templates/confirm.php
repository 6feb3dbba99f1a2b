<?php
/**
 * The question before a license is given back.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

defined( 'ABSPATH' ) || exit;

$this->open_form( 'theme-license-confirm' );
?>
	<p id="theme-license-consequence"><strong><?php $this->tell( 'Deactivate the license on {domain}?', array( 'domain' => $this->card->domain ) ); ?></strong></p>
	<p><?php $this->tell( 'The place becomes free for another domain. Nothing on this site is deleted, and visitors see no difference.' ); ?></p>
	<p class="theme-license-actions">
		<?php
		$this->button( 'deactivate', 'Deactivate', 'is-danger' );
		$this->step( array(), 'Keep it' );
		?>
	</p>
<?php
$this->close_form();
